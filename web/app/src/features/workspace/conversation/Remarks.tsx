import type { MessageItem, Remark } from '@evenkeel/api';
import { plural, t } from '@lingui/core/macro';
import { CalendarDays, Lock, Mail, PackageX, PenLine, Users } from 'lucide-react';
import { useFormat } from '../../../i18n';
import styles from './Message.module.css';

/** What a reader should know of a message beside its text: plain lines, no alarm. */
export function Remarks({ message }: { message: MessageItem }) {
  const { fileSize } = useFormat();
  if (message.remarks.length === 0) return null;
  return (
    <ul className={styles.remarks}>
      {message.remarks.map((remark, at) => {
        const Icon = icons[remark.kind];
        return (
          <li key={at} className={styles.remark} data-kind={remark.kind}>
            <Icon size={14} aria-hidden />
            <span dir="auto">{told(remark, fileSize)}</span>
          </li>
        );
      })}
    </ul>
  );
}

const icons = {
  encrypted: Lock,
  signed: PenLine,
  invitation: CalendarDays,
  attached_mail: Mail,
  too_large: PackageX,
  more_receivers: Users,
};

function told(remark: Remark, fileSize: (bytes: number) => string): string {
  switch (remark.kind) {
    case 'encrypted':
      return t`Encrypted mail (${remark.method}): it can’t be read here yet`;
    case 'signed':
      return t`Signed (${remark.method}), not checked`;
    case 'invitation':
      return dated(remark);
    case 'attached_mail': {
      const subject = remark.subject || t`no subject`;
      const sender = remark.from.name || remark.from.email;
      return sender
        ? t`Attached mail: “${subject}” from ${sender}`
        : t`Attached mail: “${subject}”`;
    }
    case 'too_large': {
      const size = fileSize(remark.bytes);
      return remark.place === 'file'
        ? t`This mail of ${size} is too large. It was left in its file; only its beginning is shown`
        : t`This mail of ${size} is too large. It was left in the mailbox: fetch it there. Only its beginning is shown`;
    }
    case 'more_receivers':
      return plural(remark.count, {
        one: 'It went to one more person, who is not listed here',
        other: 'It went to # more people, who are not listed here',
      });
  }
}

function dated({ method, summary, start, zone, organizer }: Remark & { kind: 'invitation' }) {
  const what = summary || t`no title`;
  const when = [start, zone].filter(Boolean).join(' ');
  const parts = [named(method, what), when, organizer];
  return parts.filter(Boolean).join(' · ');
}

function named(method: (Remark & { kind: 'invitation' })['method'], what: string) {
  switch (method) {
    case 'request':
      return t`Invitation: ${what}`;
    case 'reply':
      return t`Answer to an invitation: ${what}`;
    case 'cancel':
      return t`Cancelled: ${what}`;
    case 'publish':
      return t`Date: ${what}`;
  }
}
