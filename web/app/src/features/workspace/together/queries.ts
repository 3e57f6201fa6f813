import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../../session';
import { onLiveRecord } from '../../../store';

export const TOGETHER = ['together'];
export const DAY = ['me', 'day'];
export const ABSENCES = ['absences'];

const NOUNS = ['promise', 'absence'];
const isOurs = (kind: string) => NOUNS.includes(kind.split('.')[0] ?? '');

/** What is going on beside a ticket's conversation, kept up to date by the live feed. */
export function useTogether(id: number) {
  const queries = useQueryClient();
  useEffect(
    () =>
      onLiveRecord((record) => {
        const released = record.kind === 'reply.released';
        if (record.ticket_id === id && (released || isOurs(record.kind))) {
          void queries.invalidateQueries({ queryKey: [...TOGETHER, id] });
        }
      }),
    [id, queries],
  );
  return useQuery({
    queryKey: [...TOGETHER, id],
    queryFn: ({ signal }) => api.together.get(id, signal),
  });
}

/** What waits for the person today. */
export function useDay() {
  const queries = useQueryClient();
  useEffect(
    () =>
      onLiveRecord(({ kind }) => {
        if (isOurs(kind)) void queries.invalidateQueries({ queryKey: DAY });
      }),
    [queries],
  );
  return useQuery({ queryKey: DAY, queryFn: ({ signal }) => api.together.day(signal) });
}

export const useAbsences = () =>
  useQuery({ queryKey: ABSENCES, queryFn: ({ signal }) => api.absences.list(signal) });
