import type { LiveRecord } from '@evenkeel/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { onLiveRecord } from '../../store';
import { api } from '../auth/client';
import { useSession } from '../auth/session';

export const STATES = ['states'];
export const OFFERS = ['offers'];
export const LOAD = ['me', 'load'];
/** An own rest leaves no record, so it is looked for now and then. */
const LOAD_EVERY_MS = 30_000;

export const useStates = () =>
  useQuery({ queryKey: STATES, queryFn: ({ signal }) => api.states.list(signal) });

export const useOffer = () =>
  useQuery({
    queryKey: OFFERS,
    queryFn: ({ signal }) => api.offers.list(signal),
    select: ({ items }) => items[0] ?? null,
  });

export const useMyLoad = () =>
  useQuery({
    queryKey: LOAD,
    queryFn: ({ signal }) => api.load.get(signal),
    refetchInterval: LOAD_EVERY_MS,
  });

const ABOUT_OFFERS = ['ticket.routed', 'ticket.offer_ended', 'ticket.assigned'];

function concerns(record: LiveRecord, me: number): boolean {
  const told = record.changes as { chosen?: number; offered_to?: number };
  return (
    record.agent_ids.includes(me) ||
    told.chosen === me ||
    told.offered_to === me ||
    (record.actor.type === 'agent' && record.actor.id === me)
  );
}

/** Keeps states, the offer and the own load as current as the feed. */
export function useFollowRouting(): void {
  const queries = useQueryClient();
  const me = useSession().me.agent.id;
  useEffect(
    () =>
      onLiveRecord((record) => {
        const refresh = (queryKey: string[]) => void queries.invalidateQueries({ queryKey });
        if (record.kind === 'agent.state_changed') refresh(STATES);
        if (!concerns(record, me)) return;
        if (ABOUT_OFFERS.includes(record.kind) || record.kind === 'agent.state_changed') {
          refresh(OFFERS);
        }
        refresh(LOAD);
      }),
    [queries, me],
  );
}
