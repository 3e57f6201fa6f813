import type { DraftKind, Ticket } from '@evenkeel/api';
import { Button, classes, Skeleton } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { MessageSquareReply, StickyNote } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { keysOf } from '../../../actions/catalogue';
import { useActions } from '../../../actions/registry';
import { useUnsavedWarning } from './drafts';
import { openingKind } from './rules';
import { onTakenBack } from './sending';
import styles from './Composer.module.css';

const Writing = lazy(() => import('./Writing'));

/** Where an agent answers or leaves a note; small until one of them is wanted. */
export function Composer({ ticket }: { ticket: Ticket }) {
  const { may } = ticket;
  const [kind, setKind] = useState<DraftKind | null>(() => openingKind(ticket));
  const [isWanted, setIsWanted] = useState(0);
  useUnsavedWarning();

  const open = (wanted: DraftKind) => {
    setKind(wanted);
    setIsWanted((times) => times + 1);
  };
  useActions({
    'write.reply': { run: () => open('reply'), when: () => may.reply },
    'write.note': { run: () => open('note'), when: () => may.note },
  });
  useEffect(
    () =>
      onTakenBack((id) => {
        if (id === ticket.id) setKind('reply');
      }),
    [ticket.id],
  );

  if (!may.reply && !may.note) {
    return <p className={styles.readOnly}>{t`You can read this ticket, but not write on it.`}</p>;
  }
  const name = ticket.requester.name || ticket.requester.email;
  if (kind === null) {
    return (
      <div className={styles.closed}>
        {may.reply && (
          <Button
            className={styles.openReply}
            icon={<MessageSquareReply size={17} aria-hidden />}
            aria-keyshortcuts={keysOf('write.reply')}
            onPress={() => open('reply')}
          >
            <span className={styles.openText} dir="auto">{t`Reply to ${name}`}</span>
          </Button>
        )}
        {may.note && (
          <Button
            className={styles.openNote}
            icon={<StickyNote size={17} aria-hidden />}
            aria-keyshortcuts={keysOf('write.note')}
            onPress={() => open('note')}
          >
            {t`Note for the team`}
          </Button>
        )}
      </div>
    );
  }
  return (
    <section
      className={classes(styles.composer, kind === 'note' && styles.isNote)}
      aria-label={kind === 'note' ? t`Internal note` : t`Reply to ${name}`}
    >
      <Suspense
        fallback={<Skeleton lines={3} label={t`Loading the editor`} className={styles.waiting} />}
      >
        <Writing
          key={`${ticket.id}/${kind}`}
          ticket={ticket}
          kind={kind}
          wanted={isWanted}
          onKind={open}
          onClose={() => setKind(null)}
        />
      </Suspense>
    </section>
  );
}
