import type { AuditRecord } from '@evenkeel/api';
import { useLingui } from '@lingui/react/macro';
import { useAgentList } from '../queries';

/** A name for whoever acted; the record itself holds only who it was. */
export function useActorWords(): (actor: AuditRecord['actor']) => string {
  const { t } = useLingui();
  const agents = useAgentList().data?.items ?? [];
  return (actor) => {
    switch (actor.type) {
      case 'agent':
        return agents.find(({ id }) => id === actor.id)?.name ?? t`An agent`;
      case 'customer': {
        const { id } = actor;
        return t`Customer ${id}`;
      }
      case 'rule':
        return t`A rule`;
      case 'bot':
        return t`The bot`;
      case 'import':
        return t`An import`;
      case 'system':
        return t`Evenkeel`;
    }
  };
}
