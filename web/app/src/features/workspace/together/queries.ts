import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../../session';
import { onLiveRecord } from '../../../store';

export const TOGETHER = ['together'];
export const DAY = ['me', 'day'];
export const ABSENCES = ['absences'];

const NOUNS = ['promise', 'absence', 'side_conversation', 'escalation', 'task'];
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

export const SIDE = ['side-conversation'];

/** A side conversation with its messages, read again when something comes. */
export function useSideThread(id: number) {
  const queries = useQueryClient();
  useEffect(
    () =>
      onLiveRecord(({ kind }) => {
        const noun = kind.split('.')[0] ?? '';
        if (['side_conversation', 'reply', 'delivery', 'message'].includes(noun)) {
          void queries.invalidateQueries({ queryKey: [...SIDE, id] });
        }
      }),
    [id, queries],
  );
  return useQuery({
    queryKey: [...SIDE, id],
    queryFn: ({ signal }) => api.sideConversations.get(id, signal),
  });
}

export const PATHS = ['escalation-paths'];
export const CHECKLISTS = ['checklists'];

export const usePaths = () =>
  useQuery({ queryKey: PATHS, queryFn: ({ signal }) => api.escalationPaths.list(signal) });

export const useChecklists = () =>
  useQuery({ queryKey: CHECKLISTS, queryFn: ({ signal }) => api.checklists.list(signal) });
