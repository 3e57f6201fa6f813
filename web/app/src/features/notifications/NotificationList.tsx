import type { Notification, NotificationKind } from '@evenkeel/api';
import { classes } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import {
  AtSign,
  CalendarClock,
  ChevronsUp,
  Eye,
  Handshake,
  ListChecks,
  type LucideIcon,
  MailX,
  MessageSquareReply,
  MessagesSquare,
  UserCheck,
  UserRoundCheck,
  TriangleAlert,
  Workflow,
} from 'lucide-react';
import { Link } from 'react-router';
import { useFormat, useNow } from '../../i18n';
import styles from './Notifications.module.css';
import { useMarkRead } from './queries';
import { useNotificationWords } from './words';

const ICONS: Record<NotificationKind, LucideIcon> = {
  assigned: UserRoundCheck,
  mentioned: AtSign,
  customer_replied: MessageSquareReply,
  delivery_failed: MailX,
  watched: Eye,
  promise_due: CalendarClock,
  standing_in: UserCheck,
  side_answered: MessagesSquare,
  escalated: ChevronsUp,
  task: ListChecks,
  handed_over: Handshake,
  rule: Workflow,
  rule_off: TriangleAlert,
  webhook_off: TriangleAlert,
};

type NotificationListProps = {
  notifications: readonly Notification[];
  onOpen?: () => void;
};

/** Notifications, newest first; each leads to its ticket. */
export function NotificationList({ notifications, onOpen }: NotificationListProps) {
  const markRead = useMarkRead();
  return (
    <ul>
      {notifications.map((notification) => (
        <Line
          key={notification.id}
          notification={notification}
          onOpen={() => {
            if (!notification.read) markRead({ ids: [notification.id] });
            onOpen?.();
          }}
        />
      ))}
    </ul>
  );
}

function Line({ notification, onOpen }: { notification: Notification; onOpen: () => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  const words = useNotificationWords();
  const Icon = ICONS[notification.kind];
  return (
    <li>
      <Link
        to={`/app/t/${notification.ticket_id}`}
        className={classes(styles.line, !notification.read && styles.unread)}
        onClick={onOpen}
      >
        <Icon size={16} aria-hidden className={styles.icon} />
        <span className={styles.words}>
          <span className={styles.what}>{words(notification)}</span>
          <span className={styles.subject}>
            <bdi>{notification.subject}</bdi>
          </span>
        </span>
        <time
          className={styles.age}
          dateTime={notification.at}
          title={format.exact(notification.at)}
        >
          {format.age(notification.at, now)}
        </time>
        {!notification.read && <span className={styles.dot} role="img" aria-label={t`Unread`} />}
      </Link>
    </li>
  );
}
