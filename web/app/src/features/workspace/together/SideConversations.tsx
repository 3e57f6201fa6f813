import { newKey, type MessageItem, type SideConversation, type SideThread } from '@evenkeel/api';
import { Badge, Button, Dialog, Spinner } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { MessagesSquare } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useFormat } from '../../../i18n';
import { api, useSession } from '../../../session';
import { useAgents, useTeams } from '../../../store';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { Attachments } from '../conversation/Attachments';
import { Body } from '../conversation/Body';
import { DAY, SIDE, TOGETHER, useSideThread } from './queries';
import styles from './Together.module.css';

const PlainEditor = lazy(() => import('../tickets/PlainEditor'));
const REFRESHES = [TOGETHER, DAY, SIDE];

/** Whom a side conversation is with, by name. */
export function useWhom(): (side: SideConversation) => string {
  const agents = useAgents();
  const teams = useTeams();
  return ({ people, agent_id: agent, team_id: team }) =>
    people.map(({ name, email }) => name || email).join(', ') ||
    agents.find(({ id }) => id === agent)?.name ||
    teams.find(({ id }) => id === team)?.name ||
    '';
}

/** One side conversation in the panel; it opens in a window of its own. */
export function SideLine({ side }: { side: SideConversation }) {
  const whom = useWhom()(side);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <li className={styles.item}>
      <MessagesSquare size={16} aria-hidden />
      <div className={styles.words}>
        <button type="button" className={styles.open} onClick={() => setIsOpen(true)}>
          <bdi>{side.subject}</bdi>
        </button>
        <p className={styles.line}>{whom}</p>
      </div>
      <Turn side={side} />
      {isOpen && <SideDialog id={side.id} title={side.subject} onClose={() => setIsOpen(false)} />}
    </li>
  );
}

function Turn({ side }: { side: SideConversation }) {
  if (side.state === 'done') return <Badge>{t`Done`}</Badge>;
  return side.waits_for === 'us' ? (
    <Badge tone="warn">{t`Answered`}</Badge>
  ) : (
    <Badge>{t`Waiting`}</Badge>
  );
}

interface SideDialogProps {
  id: number;
  title: string;
  onClose: () => void;
}

/** A side conversation: what was said, and a place to write. */
export function SideDialog({ id, title, onClose }: SideDialogProps) {
  const thread = useSideThread(id);
  return (
    <Dialog
      isOpen
      size="l"
      title={title}
      closeLabel={t`Close`}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={<Button onPress={onClose}>{t`Close`}</Button>}
    >
      <Loaded query={thread}>{(loaded) => <Thread thread={loaded} />}</Loaded>
    </Dialog>
  );
}

function Thread({ thread }: { thread: SideThread }) {
  const { conversation, messages } = thread;
  const { can } = useSession();
  const whom = useWhom()(conversation);
  const isMail = conversation.side_ticket_id !== null;
  const mayWrite = can(isMail ? 'ticket.reply' : 'ticket.note');
  const ending = useSave(
    () =>
      api.sideConversations.update(conversation.id, {
        version: conversation.version,
        state: conversation.state === 'done' ? 'open' : 'done',
      }),
    { refreshes: REFRESHES },
  );
  return (
    <div className={styles.thread}>
      <div className={styles.threadHead}>
        <p className={styles.line}>
          {isMail
            ? t`By mail with ${whom}. The customer never sees this.`
            : t`With ${whom}. The customer never sees this.`}
        </p>
        {can('ticket.note') && (
          <Button size="s" isPending={ending.isSaving} onPress={() => ending.save(undefined)}>
            {conversation.state === 'done' ? t`Open it again` : t`It is done`}
          </Button>
        )}
      </div>
      <ol className={styles.said}>
        {messages.map((message) => (
          <li key={message.number}>
            <Said message={{ ...message, type: 'message' }} />
          </li>
        ))}
      </ol>
      {mayWrite && <Writing key={messages.length} thread={thread} isMail={isMail} />}
    </div>
  );
}

function Said({ message }: { message: MessageItem }) {
  const { dateTime } = useFormat();
  return (
    <article className={styles.message} data-own={message.author.type === 'agent' || undefined}>
      <p className={styles.line}>
        <bdi>{message.author.name}</bdi> · {dateTime(message.at)}
        {message.state === 'scheduled' && <> · {t`goes out in a moment`}</>}
      </p>
      <Body message={message} />
      {message.attachments.length > 0 && <Attachments files={message.attachments} />}
    </article>
  );
}

function Writing({ thread, isMail }: { thread: SideThread; isMail: boolean }) {
  const { conversation, messages } = thread;
  const [html, setHtml] = useState('');
  const [key] = useState(newKey);
  const sending = useSave(
    () =>
      api.sideConversations.write(
        conversation.id,
        { html, seen_number: messages.at(-1)?.number ?? 0 },
        key,
      ),
    { refreshes: REFRESHES },
  );
  return (
    <div className={styles.writing}>
      <ProblemBanner error={sending.error} />
      <div className={styles.editor}>
        <Suspense fallback={<Spinner label={t`Loading the editor`} />}>
          <PlainEditor label={t`Write beside the ticket`} onChange={setHtml} />
        </Suspense>
      </div>
      <Button
        variant="primary"
        isDisabled={html === ''}
        isPending={sending.isSaving}
        onPress={() => sending.save(undefined)}
      >
        {isMail ? t`Send by mail` : t`Send to colleagues`}
      </Button>
    </div>
  );
}
