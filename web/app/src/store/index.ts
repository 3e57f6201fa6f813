import { useStore } from './store';

export { onLiveRecord, useStore } from './store';
export { refreshReferences } from './sync';

export const useAgents = () => useStore((state) => state.agents);
export const useTeams = () => useStore((state) => state.teams);
export const useTags = () => useStore((state) => state.tags);
export const useInboxes = () => useStore((state) => state.inboxes);
export const useFields = () => useStore((state) => state.fields);
export const useForms = () => useStore((state) => state.forms);
export const useMacros = () => useStore((state) => state.macros);
