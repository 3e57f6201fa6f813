/** The lists administration works on, each under one key. */
import { useQuery } from '@tanstack/react-query';
import { refreshReferences } from '../../store';
import { api } from '../auth/client';
import { useSave, type SaveOptions } from '../forms/useSave';

export const KEYS = {
  agents: ['agents'],
  invitations: ['invitations'],
  teams: ['teams'],
  tags: ['tags'],
  macros: ['macros'],
  brands: ['brands'],
  inboxes: ['inboxes'],
  webhooks: ['webhooks'],
  failures: ['failures'],
  audit: ['audit'],
} as const;

export const useAgentList = () =>
  useQuery({ queryKey: KEYS.agents, queryFn: ({ signal }) => api.agents.list(signal) });

export const useInvitationList = () =>
  useQuery({ queryKey: KEYS.invitations, queryFn: ({ signal }) => api.invitations.list(signal) });

export const useTeamList = () =>
  useQuery({ queryKey: KEYS.teams, queryFn: ({ signal }) => api.teams.list(signal) });

export const useTagList = () =>
  useQuery({ queryKey: KEYS.tags, queryFn: ({ signal }) => api.tags.list(signal) });

export const useMacroList = () =>
  useQuery({ queryKey: KEYS.macros, queryFn: ({ signal }) => api.macros.list(signal) });

export const useBrandList = () =>
  useQuery({ queryKey: KEYS.brands, queryFn: ({ signal }) => api.brands.list(signal) });

export const useInboxList = () =>
  useQuery({ queryKey: KEYS.inboxes, queryFn: ({ signal }) => api.inboxes.list(signal) });

/** A change to something the workspace shows too: its names there follow. */
export function useSaveReference<Input, Output>(
  save: (input: Input) => Promise<Output>,
  { refreshes, onSaved }: SaveOptions<Output>,
) {
  return useSave(save, {
    refreshes,
    onSaved: async (output) => {
      await onSaved?.(output);
      void refreshReferences();
    },
  });
}
