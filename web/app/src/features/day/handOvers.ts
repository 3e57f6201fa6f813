import type { HandOver } from '@evenkeel/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../auth/client';
import { onLiveRecord } from '../../store';

export const HAND_OVERS = ['hand-overs'];

/** What a person gave or received lately, kept up to date by the live feed. */
export function useHandOvers() {
  const queries = useQueryClient();
  useEffect(
    () =>
      onLiveRecord(({ kind }) => {
        if (kind.startsWith('hand_over.')) {
          void queries.invalidateQueries({ queryKey: [...HAND_OVERS, 'list'] });
        }
      }),
    [queries],
  );
  return useQuery({
    queryKey: [...HAND_OVERS, 'list'],
    queryFn: ({ signal }) => api.handOvers.list(signal),
  });
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What is worth a look today: what nobody took yet, and what was taken within a day. */
export const ofToday = (all: HandOver[], now: number): HandOver[] =>
  all.filter(({ read_at: at }) => at === null || now - new Date(at).getTime() < DAY_MS);
