import type { DraftKind, Ticket } from '@evenkeel/api';
import { Button, IconButton, Menu } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { ChevronDown, Clock3, Quote } from 'lucide-react';
import { useState } from 'react';
import { keysOf } from '../../../actions/catalogue';
import { SETTABLE_STATUSES, statusLabel } from '../../../lib/labels';
import { ChooseTime } from '../conversation/Snooze';
import type { SendOptions } from './sending';
import styles from './Composer.module.css';

interface SendButtonsProps {
  ticket: Ticket;
  kind: DraftKind;
  isDisabled: boolean;
  isPending: boolean;
  onSend: (options?: SendOptions) => void;
}

/** The button that names who will read it; beside it, ways to send and do one more thing. */
export function SendButtons({ ticket, kind, isDisabled, isPending, onSend }: SendButtonsProps) {
  const [choosesTime, setChoosesTime] = useState(false);
  const keys = keysOf('write.send');
  if (kind === 'note') {
    return (
      <Button
        variant="note"
        aria-keyshortcuts={keys}
        isDisabled={isDisabled}
        isPending={isPending}
        onPress={() => onSend()}
      >
        {t`Add note for the team`}
      </Button>
    );
  }
  const name = ticket.requester.name || ticket.requester.email;
  return (
    <div className={styles.send}>
      <Button
        variant="primary"
        className={styles.sendMain}
        aria-keyshortcuts={keys}
        isDisabled={isDisabled}
        isPending={isPending}
        onPress={() => onSend()}
      >
        <span className={styles.sendText}>{t`Send to ${name}`}</span>
      </Button>
      <Menu
        label={t`Send and…`}
        placement="top end"
        trigger={
          <IconButton
            variant="primary"
            className={styles.sendMore}
            label={t`Send and…`}
            isDisabled={isDisabled || isPending}
            icon={<ChevronDown size={16} aria-hidden />}
          />
        }
        entries={[
          ...SETTABLE_STATUSES.map((status) => ({
            id: status,
            label: t`Send and set to ${statusLabel(status)}`,
            onAction: () => onSend({ statusAfter: status }),
          })),
          {
            id: 'later',
            label: t`Send later…`,
            icon: <Clock3 size={16} aria-hidden />,
            startsGroup: true,
            onAction: () => setChoosesTime(true),
          },
          {
            id: 'quoted',
            label: t`Send with the customer’s mail quoted below`,
            icon: <Quote size={16} aria-hidden />,
            onAction: () => onSend({ quotes: true }),
          },
          {
            id: 'unquoted',
            label: t`Send without a quote`,
            onAction: () => onSend({ quotes: false }),
          },
        ]}
      />
      {choosesTime && (
        <ChooseTime
          title={t`Send later`}
          action={t`Send then`}
          onClose={() => setChoosesTime(false)}
          onChoose={(sendAt) => onSend({ sendAt })}
        />
      )}
    </div>
  );
}
