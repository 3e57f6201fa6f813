import type { Author } from '@evenkeel/api';
import { useLingui } from '@lingui/react/macro';

/** A name for whoever acted, also where the record keeps none. */
export function useActorWords(): (actor: Author) => string {
  const { t } = useLingui();
  return ({ type, name }) => {
    if (name) return name;
    switch (type) {
      case 'agent':
        return t`An agent`;
      case 'customer':
        return t`A customer`;
      case 'rule':
        return t`A rule`;
      case 'bot':
        return t`The bot`;
      case 'system':
        return t`Evenkeel`;
    }
  };
}
