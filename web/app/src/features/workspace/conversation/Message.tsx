import type { Attachment, MessageItem, Ticket, TicketAbuse } from '@evenkeel/api';
import { Avatar, Badge, IconButton, Menu } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Copy, Ellipsis, Eraser, Forward, ShieldAlert, Split, StickyNote } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { keysOf } from '../../../actions/catalogue';
import { useActions } from '../../../actions/registry';
import { useFormat, useNow } from '../../../i18n';
import { Folded } from '../abuse/Folded';
import { Attachments } from './Attachments';
import { Body } from './Body';
import { Deliveries } from './Deliveries';
import { Remarks } from './Remarks';
import { Scheduled } from './Scheduled';
import { SenderBadge } from './SenderBadge';
import styles from './Message.module.css';

const AbuseDialog = lazy(() => import('../abuse/AbuseDialog'));
const SplitDialog = lazy(() => import('../merges/SplitDialog'));
const Redact = lazy(() => import('../tickets/Redact'));

interface MessageProps {
  message: MessageItem;
  ticket: Ticket | undefined;
  abuse: TicketAbuse | undefined;
  /** The newest message of a customer is what the key means. */
  isLastOfCustomer: boolean;
  onForward: () => void;
}

type Redacting = { part: 'text' } | { part: 'file'; file: Attachment } | null;

/** One message or note: who, when, to whom, what, and what became of it. */
export function Message(props: MessageProps) {
  const { message, ticket, abuse, onForward } = props;
  const [redacting, setRedacting] = useState<Redacting>(null);
  const mayRedact = ticket?.may.redact ?? false;
  const files = message.attachments.filter((file) => !file.inline);
  const mark = abuse?.marks.find((it) => it.number === message.number);
  const [judging, setJudging] = useState(false);
  const [splitting, setSplitting] = useState(false);
  const maySplit = ticket?.may.update && message.state !== 'scheduled';
  const mayJudge = message.kind === 'in' && (ticket?.may.update ?? false);
  const judge = () => setJudging(true);
  const isTaken = message.state === 'cancelled';
  const said = (
    <>
      <Remarks message={message} />
      <Body message={message} />
      {files.length > 0 && (
        <Attachments
          files={files}
          onRedact={mayRedact ? (file) => setRedacting({ part: 'file', file }) : undefined}
        />
      )}
    </>
  );
  return (
    <article
      className={styles.message}
      data-kind={message.kind}
      data-cancelled={isTaken || undefined}
      aria-label={ariaLabel(message)}
    >
      <Head
        message={message}
        onForward={ticket?.may.forward ? onForward : undefined}
        onJudge={mayJudge && abuse ? judge : undefined}
        onRedact={mayRedact ? () => setRedacting({ part: 'text' }) : undefined}
        onSplit={maySplit ? () => setSplitting(true) : undefined}
      />
      {mark ? <Folded mark={mark}>{said}</Folded> : said}
      {ticket && <Scheduled message={message} ticket={ticket} />}
      {ticket && <Deliveries message={message} ticketId={ticket.id} />}
      {mayJudge && props.isLastOfCustomer && <JudgeKey onJudge={judge} />}
      {ticket && abuse && judging && (
        <Suspense>
          <AbuseDialog
            ticket={ticket}
            message={message}
            abuse={abuse}
            onClose={() => setJudging(false)}
          />
        </Suspense>
      )}
      {ticket && splitting && (
        <Suspense>
          <SplitDialog
            ticket={ticket}
            number={message.number}
            onClose={() => setSplitting(false)}
          />
        </Suspense>
      )}
      {ticket && redacting && (
        <Suspense>
          <Redact
            ticketId={ticket.id}
            message={message}
            file={redacting.part === 'file' ? redacting.file : undefined}
            onClose={() => setRedacting(null)}
          />
        </Suspense>
      )}
    </article>
  );
}

/** The key means the newest message of the customer; what may be done is loaded by then or soon. */
function JudgeKey({ onJudge }: { onJudge: () => void }) {
  useActions({ 'ticket.abuse': onJudge });
  return null;
}

function ariaLabel({ kind, author }: MessageItem): string {
  switch (kind) {
    case 'note':
      return t`Internal note by ${author.name}`;
    case 'out':
      return t`Reply by ${author.name}`;
    case 'forward':
      return t`Forwarded by ${author.name}`;
    case 'in':
      return t`Message from ${author.name}`;
  }
}

interface HeadProps {
  message: MessageItem;
  onForward: (() => void) | undefined;
  onJudge: (() => void) | undefined;
  onRedact: (() => void) | undefined;
  onSplit: (() => void) | undefined;
}

function Head({ message, onForward, onJudge, onRedact, onSplit }: HeadProps) {
  const format = useFormat();
  const now = useNow();
  return (
    <header className={styles.head}>
      <Avatar name={message.author.name || '?'} size={32} />
      <div className={styles.who}>
        <div className={styles.whoLine}>
          <strong className={styles.author} dir="auto">
            {message.author.name || t`Unknown sender`}
          </strong>
          {message.kind === 'note' && (
            <Badge className={styles.noteBadge} icon={<StickyNote size={12} aria-hidden />}>
              {t`Note, only for the team`}
            </Badge>
          )}
          {message.kind === 'forward' && <Badge tone="accent">{t`Forwarded outside`}</Badge>}
          {message.auto_reply && <Badge>{t`Automatic reply`}</Badge>}
          <SenderBadge message={message} />
          {message.redacted && <Badge>{t`Redacted`}</Badge>}
          {message.state === 'cancelled' && <Badge tone="warn">{t`Taken back, not sent`}</Badge>}
        </div>
        <Recipients message={message} />
      </div>
      <time
        className={styles.time}
        dateTime={message.at}
        title={`${format.exact(message.at)} · ${format.relative(message.at, now)}`}
      >
        {format.time(message.at)}
      </time>
      <Menu
        label={t`More for this message`}
        placement="bottom end"
        trigger={
          <IconButton
            size="s"
            className={styles.more}
            label={t`More for this message`}
            icon={<Ellipsis size={16} aria-hidden />}
          />
        }
        entries={[
          {
            id: 'copy',
            label: t`Copy the text`,
            icon: <Copy size={16} aria-hidden />,
            onAction: () => void navigator.clipboard.writeText(message.text),
          },
          ...(onForward
            ? [
                {
                  id: 'forward',
                  label: t`Forward outside`,
                  icon: <Forward size={16} aria-hidden />,
                  onAction: onForward,
                },
              ]
            : []),
          ...(onSplit
            ? [
                {
                  id: 'split',
                  label: t`Split off…`,
                  icon: <Split size={16} aria-hidden />,
                  onAction: onSplit,
                },
              ]
            : []),
          ...(onJudge
            ? [
                {
                  id: 'abuse',
                  label: t`Mark as abusive…`,
                  icon: <ShieldAlert size={16} aria-hidden />,
                  keys: keysOf('ticket.abuse'),
                  onAction: onJudge,
                },
              ]
            : []),
          ...(onRedact
            ? [
                {
                  id: 'redact',
                  label: t`Redact some text…`,
                  icon: <Eraser size={16} aria-hidden />,
                  startsGroup: true,
                  isDanger: true,
                  onAction: onRedact,
                },
              ]
            : []),
        ]}
      />
    </header>
  );
}

function Recipients({ message }: { message: MessageItem }) {
  const { list } = useFormat();
  if (message.kind === 'note') return null;
  const names = (people: MessageItem['to']) =>
    list(people.map((person) => person.name || person.email));
  const to = names(message.to);
  const cc = names(message.cc);
  if (!to && !cc) return null;
  const title = [...message.to, ...message.cc].map((person) => person.email).join(', ');
  return (
    <div className={styles.recipients} title={title} dir="auto">
      {to && t`to ${to}`}
      {to && cc && ', '}
      {cc && t`copy to ${cc}`}
    </div>
  );
}
