import type { Notification, NotificationKind, NotificationSettings } from '@evenkeel/api';
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
      case 'promise_due':
        return t`A promise is due`;
      case 'standing_in':
        return t`Something came for a colleague you stand in for`;
      case 'side_answered':
        return actor
          ? t`${actor} wrote in a side conversation`
          : t`Something new in a side conversation`;
      case 'escalated':
        return actor ? t`${actor} escalated a ticket to you` : t`A ticket was escalated to you`;
      case 'task':
        return actor ? t`${actor} gave you a task` : t`A task is due`;
      case 'handed_over':
        return actor ? t`${actor} hands work over to you` : t`Work is handed over to you`;
    }
  };
}

/** The ways of a kind; those that have none of their own go by what they are most like. */
export function waysOf(settings: NotificationSettings, kind: NotificationKind) {
  switch (kind) {
    case 'rule':
      return settings.kinds.mentioned;
    case 'rule_off':
    case 'webhook_off':
      return settings.kinds.delivery_failed;
    default:
      return settings.kinds[kind];
  }
}
