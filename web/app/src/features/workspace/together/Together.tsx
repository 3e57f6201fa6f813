import type { Ticket } from '@evenkeel/api';
import { IconButton, Menu, Skeleton, type MenuEntry } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { CalendarClock, ChevronsUp, ListChecks, MessagesSquare, Plus } from 'lucide-react';
import { useState } from 'react';
import { useSession } from '../../../session';
import { AskDialog } from './AskDialog';
import { EscalateDialog, EscalationPart } from './Escalations';
import { PromiseDialog, PromiseLine } from './Promises';
import { SideLine } from './SideConversations';
import { TaskDialog, TaskLine, useSolveWarning } from './Tasks';
import { useTogether } from './queries';
import styles from './Together.module.css';

type Opened = 'promise' | 'ask' | 'escalate' | 'task';

/** Everything colleagues do together on a ticket, in one calm place. */
export function Together({ ticket }: { ticket: Ticket }) {
  const { can } = useSession();
  const { data } = useTogether(ticket.id);
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = () => setOpened(null);
  const entries: MenuEntry[] = [
    ...(can('ticket.reply')
      ? [
          {
            id: 'promise',
            label: t`Promise to get back…`,
            icon: <CalendarClock size={16} aria-hidden />,
            onAction: () => setOpened('promise'),
          },
        ]
      : []),
    ...(can('ticket.note')
      ? [
          {
            id: 'ask',
            label: t`Ask somebody beside this…`,
            icon: <MessagesSquare size={16} aria-hidden />,
            onAction: () => setOpened('ask'),
          },
          {
            id: 'task',
            label: t`Something to do…`,
            icon: <ListChecks size={16} aria-hidden />,
            onAction: () => setOpened('task'),
          },
        ]
      : []),
    ...(can('ticket.update')
      ? [
          {
            id: 'escalate',
            label: t`Escalate…`,
            icon: <ChevronsUp size={16} aria-hidden />,
            onAction: () => setOpened('escalate'),
          },
        ]
      : []),
  ];
  const isEmpty =
    data !== undefined &&
    !data.escalation &&
    data.promises.length + data.side_conversations.length + data.tasks.length === 0;
  useSolveWarning(ticket.status, data?.tasks);
  return (
    <section className={styles.together} aria-label={t`Together`}>
      <header className={styles.head}>
        <h2 className={styles.title}>{t`Together`}</h2>
        {entries.length > 0 && (
          <Menu
            label={t`Do together`}
            placement="bottom end"
            trigger={
              <IconButton size="s" label={t`Do together`} icon={<Plus size={16} aria-hidden />} />
            }
            entries={entries}
          />
        )}
      </header>
      {!data && <Skeleton lines={1} label={t`Loading`} />}
      {isEmpty && <p className={styles.none}>{t`Nothing is open beside the conversation.`}</p>}
      {data?.escalation && <EscalationPart escalation={data.escalation} />}
      {data && data.promises.length > 0 && (
        <ul className={styles.list} aria-label={t`Promises`}>
          {data.promises.map((promise) => (
            <PromiseLine key={promise.id} promise={promise} />
          ))}
        </ul>
      )}
      {data && data.side_conversations.length > 0 && (
        <ul className={styles.list} aria-label={t`Side conversations`}>
          {data.side_conversations.map((side) => (
            <SideLine key={side.id} side={side} />
          ))}
        </ul>
      )}
      {data && data.tasks.length > 0 && (
        <ul className={styles.list} aria-label={t`To do`}>
          {data.tasks.map((task) => (
            <TaskLine key={task.id} task={task} />
          ))}
        </ul>
      )}
      {opened === 'task' && <TaskDialog ticketId={ticket.id} onClose={close} />}
      {opened === 'escalate' && <EscalateDialog ticketId={ticket.id} onClose={close} />}
      {opened === 'ask' && <AskDialog ticketId={ticket.id} onClose={close} />}
      {opened === 'promise' && <PromiseDialog ticketId={ticket.id} onClose={close} />}
    </section>
  );
}
