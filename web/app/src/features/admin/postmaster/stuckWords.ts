/** What background work is for, in words a person knows. */
import { useLingui } from '@lingui/react/macro';

export function useJobWords(): (kind: string) => string {
  const { t } = useLingui();
  const words: Record<string, string> = {
    'mail.deliver': t`Send a reply`,
    'mail.process': t`Make a ticket of a mail`,
    'mail.acknowledge': t`Confirm that a mail arrived`,
    'mail.recheck': t`Check a sender again`,
    'mail.test': t`Send a test mail`,
    'mail.forget': t`Forget a discarded mail`,
    'mail.forget_counts': t`Forget old counts of mails`,
    'notify.mail': t`Tell an agent by mail`,
    'reply.release': t`Release a reply`,
    'ticket.wake': t`Bring a snoozed ticket back`,
    'upload.sweep': t`Remove files nobody used`,
    'dkim.check': t`Look for the records of a domain`,
    'ticket.purge': t`Remove a deleted ticket`,
  };
  return (kind) => words[kind] ?? t`Background work (${kind})`;
}

export function useReaderWords(): (reader: string) => string {
  const { t } = useLingui();
  const words: Record<string, string> = {
    'channels.purging': t`Removing the mail of deleted tickets`,
    'desk.notifications': t`Notifying agents`,
  };
  return (reader) => words[reader] ?? t`Following what happens (${reader})`;
}
