import { useQuery } from '@tanstack/react-query';
import { api } from '../auth/client';

export const BOARD = ['board'];
/**
 * With the way there and back, nothing on the board is older than a second. The browser asks only
 * for what changed (`ETag`), and not at all while the board is in a hidden tab.
 */
const EVERY_MS = 700;

export const useBoard = () =>
  useQuery({
    queryKey: BOARD,
    queryFn: ({ signal }) => api.board.get(signal),
    refetchInterval: EVERY_MS,
    refetchOnWindowFocus: 'always',
    staleTime: 0,
  });
