import type { Notification } from '@evenkeel/api';
import { useLingui } from '@lingui/react/macro';

/** What happened, in one sentence without the ticket's subject. */
export function useNotificationWords(): (notification: Notification) => string {
  const { t } = useLingui();
  return ({ kind, actor_name: actor }) => {
    switch (kind) {
      case 'assigned':
        return actor ? t`${actor} gave you a ticket` : t`You got a ticket`;
      case 'mentioned':
        return actor ? t`${actor} mentioned you` : t`You were mentioned`;
      case 'customer_replied':
        return actor ? t`${actor} answered` : t`The customer answered`;
      case 'delivery_failed':
        return t`Your reply couldn’t be delivered`;
      case 'rule':
        return t`A rule points you to a ticket`;
      case 'rule_off':
        return t`A rule was switched off because it kept failing`;
      case 'webhook_off':
        return t`A webhook was switched off because its calls kept failing`;
      case 'watched':
        return actor
          ? t`${actor} wrote on a ticket you watch`
          : t`Something happened on a ticket you watch`;
    }
  };
}
