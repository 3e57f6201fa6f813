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
  fields: ['fields'],
  forms: ['forms'],
  macros: ['macros'],
  rules: ['rules'],
  hooks: ['hooks'],
  brands: ['brands'],
  inboxes: ['inboxes'],
  webhooks: ['webhooks'],
  mailConnections: ['mail-connections'],
  failures: ['failures'],
  postmaster: ['postmaster'],
  routing: ['routing'],
  skills: ['skills'],
  surveys: ['surveys'],
  abuse: ['abuse'],
  audit: ['audit'],
  schedules: ['schedules'],
  slaPolicies: ['sla-policies'],
} as const;

export const useAgentList = () =>
  useQuery({ queryKey: KEYS.agents, queryFn: ({ signal }) => api.agents.list(signal) });

export const useInvitationList = () =>
  useQuery({ queryKey: KEYS.invitations, queryFn: ({ signal }) => api.invitations.list(signal) });

export const useTeamList = () =>
  useQuery({ queryKey: KEYS.teams, queryFn: ({ signal }) => api.teams.list(signal) });

export const useTagList = () =>
  useQuery({ queryKey: KEYS.tags, queryFn: ({ signal }) => api.tags.list(signal) });

export const useFieldList = () =>
  useQuery({ queryKey: KEYS.fields, queryFn: ({ signal }) => api.fields.list(signal) });

export const useFormList = () =>
  useQuery({ queryKey: KEYS.forms, queryFn: ({ signal }) => api.forms.list(signal) });

export const useMacroList = () =>
  useQuery({ queryKey: KEYS.macros, queryFn: ({ signal }) => api.macros.list(signal) });

export const useRuleList = () =>
  useQuery({ queryKey: KEYS.rules, queryFn: ({ signal }) => api.rules.list(signal) });

export const useBrandList = () =>
  useQuery({ queryKey: KEYS.brands, queryFn: ({ signal }) => api.brands.list(signal) });

export const useInboxList = () =>
  useQuery({ queryKey: KEYS.inboxes, queryFn: ({ signal }) => api.inboxes.list(signal) });

export const useRoutingSetting = () =>
  useQuery({ queryKey: KEYS.routing, queryFn: ({ signal }) => api.routing.get(signal) });

export const useSkillList = () =>
  useQuery({ queryKey: KEYS.skills, queryFn: ({ signal }) => api.skills.list(signal) });

export const useScheduleList = () =>
  useQuery({ queryKey: KEYS.schedules, queryFn: ({ signal }) => api.schedules.list(signal) });

export const useSlaPolicyList = () =>
  useQuery({ queryKey: KEYS.slaPolicies, queryFn: ({ signal }) => api.slaPolicies.list(signal) });

/** Connections to providers; watched while a person signs in there, in another window. */
export const useMailConnections = (isWatched: boolean) =>
  useQuery({
    queryKey: KEYS.mailConnections,
    queryFn: ({ signal }) => api.mailConnections.list(signal),
    refetchInterval: isWatched ? 2000 : false,
    refetchIntervalInBackground: true,
  });

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
