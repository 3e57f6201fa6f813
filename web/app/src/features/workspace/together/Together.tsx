import type { Ticket } from '@evenkeel/api';
import { IconButton, Menu, Skeleton, type MenuEntry } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { CalendarClock, Plus } from 'lucide-react';
import { useState } from 'react';
import { useSession } from '../../../session';
import { PromiseDialog, PromiseLine } from './Promises';
import { useTogether } from './queries';
import styles from './Together.module.css';

type Opened = 'promise';

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
  ];
  const isEmpty = data?.promises.length === 0;
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
      {data && data.promises.length > 0 && (
        <ul className={styles.list} aria-label={t`Promises`}>
          {data.promises.map((promise) => (
            <PromiseLine key={promise.id} promise={promise} />
          ))}
        </ul>
      )}
      {opened === 'promise' && <PromiseDialog ticketId={ticket.id} onClose={close} />}
    </section>
  );
}
