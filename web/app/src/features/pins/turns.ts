/** Whether colleagues take turns at this computer, and who may come back to it by PIN. */
import { useQuery } from '@tanstack/react-query';
import { api } from '../auth/client';

export const TURNS = ['session', 'turns'];

export function useTurns() {
  const turns = useQuery({
    queryKey: TURNS,
    queryFn: ({ signal }) => api.session.turns(signal),
    staleTime: Infinity,
  });
  return turns.data ?? { shared: false, people: [] };
}
