import type { FoundPlace, SearchHit, ShownView, TicketRow } from '@evenkeel/api';
import { Avatar, Badge } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import {
  AlarmClock,
  ChevronsUp,
  CornerUpLeft,
  Paperclip,
  StickyNote,
  TriangleAlert,
} from 'lucide-react';
import { Link } from 'react-router';
import { useFormat, useNow } from '../../../i18n';
import { priorityLabel, statusLabel, statusTone, typeLabel } from '../../../lib/labels';
import { useStore } from '../../../store';
import { Marked } from '../search/Marked';
import { Chosen } from './Chosen';
import { ClockMark } from '../../sla/Clock';
import styles from './TicketList.module.css';

const TAGS_SHOWN = 2;

interface TicketRowLinkProps {
  id: number;
  /** Why a search found it. */
  hit?: SearchHit;
  to: string;
  isOpen: boolean;
  showsStatus: boolean;
  shown: ShownView | null;
  onFocus: () => void;
}

/** One ticket in the list: who, what about, what was said last, and what needs attention. */
export function TicketRowLink({
  id,
  hit,
  to,
  isOpen,
  showsStatus,
  shown,
  onFocus,
}: TicketRowLinkProps) {
  const ticket = useStore((state) => state.tickets.get(id));
  const format = useFormat();
  const now = useNow();
  if (!ticket) return null;
  return (
    <Link
      to={to}
      className={styles.link}
      data-ticket={id}
      data-unread={ticket.unread || undefined}
      data-density={shown?.density}
      aria-current={isOpen ? 'true' : undefined}
      onFocus={onFocus}
    >
      <span className={styles.line}>
        <span className={styles.customer} dir="auto">
          {ticket.unread && <span className={styles.dot} role="img" aria-label={t`Unread`} />}
          {ticket.requester.name || ticket.requester.email}
        </span>
        <time
          className={styles.age}
          dateTime={ticket.last_message_at}
          title={format.dateTime(ticket.last_message_at)}
        >
          {format.age(ticket.last_message_at, now)}
        </time>
      </span>
      <span className={styles.subject} dir="auto">
        {hit?.subject.text ? <Marked {...hit.subject} /> : ticket.subject || t`(no subject)`}
      </span>
      {hit && <Places places={hit.places} />}
      {!hit?.places.length && (!shown || shown.columns.includes('snippet')) && (
        <span className={styles.snippet} dir="auto">
          <LastDirection direction={ticket.last_direction} />
          {ticket.snippet}
        </span>
      )}
      {shown ? (
        <Chosen ticket={ticket} columns={shown.columns} />
      ) : (
        <Marks ticket={ticket} showsStatus={showsStatus} />
      )}
    </Link>
  );
}

/** Where on the ticket a search found what was looked for. */
function Places({ places }: { places: readonly FoundPlace[] }) {
  return places.map((place) => (
    <span
      key={`${place.number} ${place.attachment_id}`}
      className={`${styles.snippet} ${styles.foundPlace}`}
      dir="auto"
    >
      {place.attachment_id ? (
        <Paperclip size={13} className={styles.direction} role="img" aria-label={t`File`} />
      ) : (
        <LastDirection direction={place.kind === 'forward' ? 'out' : place.kind} />
      )}
      {place.author && <b className={styles.author}>{place.author}: </b>}
      <Marked {...place.snippet} />
    </span>
  ));
}

function LastDirection({ direction }: { direction: TicketRow['last_direction'] }) {
  if (direction === 'out') {
    return (
      <CornerUpLeft size={13} className={styles.direction} role="img" aria-label={t`We answered`} />
    );
  }
  if (direction === 'note') {
    return <StickyNote size={13} className={styles.direction} role="img" aria-label={t`Note`} />;
  }
  return null;
}

function Marks({ ticket, showsStatus }: { ticket: TicketRow; showsStatus: boolean }) {
  const assignee = useStore((state) =>
    state.agents.find((agent) => agent.id === ticket.assignee_id),
  );
  const { dateTime } = useFormat();
  const more = ticket.tags.length - TAGS_SHOWN;
  return (
    <span className={styles.marks}>
      {showsStatus && <Badge tone={statusTone(ticket.status)}>{statusLabel(ticket.status)}</Badge>}
      {ticket.type && <Badge tone="outline">{typeLabel(ticket.type)}</Badge>}
      {(ticket.priority === 'high' || ticket.priority === 'urgent') && (
        <Badge
          tone={ticket.priority === 'urgent' ? 'bad' : 'warn'}
          icon={<ChevronsUp size={12} aria-hidden />}
        >
          {priorityLabel(ticket.priority)}
        </Badge>
      )}
      {ticket.needs_attention && (
        <Badge tone="bad" icon={<TriangleAlert size={12} aria-hidden />}>{t`Not delivered`}</Badge>
      )}
      {ticket.sla && <ClockMark clock={ticket.sla} />}
      {ticket.snoozed_until && (
        <Badge tone="outline" icon={<AlarmClock size={12} aria-hidden />}>
          {dateTime(ticket.snoozed_until)}
        </Badge>
      )}
      {ticket.tags.slice(0, TAGS_SHOWN).map((tag) => (
        <Badge key={tag} tone="outline">
          {tag}
        </Badge>
      ))}
      {more > 0 && <span className={styles.more}>+{more}</span>}
      <span className={styles.end}>
        {ticket.has_attachments && (
          <Paperclip size={13} role="img" aria-label={t`Has attachments`} />
        )}
        {assignee && (
          <span title={assignee.name}>
            <Avatar name={assignee.name} size={20} />
            <span className={styles.hidden}>{t`Assigned to ${assignee.name}`}</span>
          </span>
        )}
      </span>
    </span>
  );
}
