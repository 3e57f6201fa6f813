import type { Identity, Pause } from '@evenkeel/api';
import { Button, TextField } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { MailX } from 'lucide-react';
import { useState } from 'react';
import { useFormat } from '../../../i18n';
import { pauseWords } from '../../../lib/pauses';
import { api, useSession } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import styles from './CustomerPanel.module.css';

interface PausedIdentityProps {
  customerId: number;
  identity: Identity;
  pause: Pause;
  onResumed: () => void;
}

/** Why nothing goes to an address, and the way back: a reason, kept in the journal. */
export function PausedIdentity({ customerId, identity, pause, onResumed }: PausedIdentityProps) {
  const { can } = useSession();
  const { date } = useFormat();
  const [reason, setReason] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const resume = async () => {
    if (!reason?.trim()) return;
    setIsBusy(true);
    try {
      await api.customers.resume(customerId, identity.id, reason);
      onResumed();
    } catch (error) {
      tellRefusal(error);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <div className={styles.paused}>
      <p className={styles.pausedWords}>
        <MailX size={15} aria-hidden />
        <span>
          {pauseWords(pause, date(pause.since))} {t`We don’t write to it.`}
        </span>
      </p>
      {pause.reason && (
        <p className={styles.pausedReason} dir="auto">
          {pause.reason}
        </p>
      )}
      {can('customer.update') &&
        (reason === null ? (
          <Button size="s" variant="quiet" onPress={() => setReason('')}>
            {t`Write to it again`}
          </Button>
        ) : (
          <form
            className={styles.pausedForm}
            onSubmit={(event) => {
              event.preventDefault();
              void resume();
            }}
          >
            <TextField
              label={t`Why may mail go there again?`}
              value={reason}
              onChange={setReason}
              maxLength={500}
              isRequired
              autoFocus
            />
            <div className={styles.noteActions}>
              <Button size="s" variant="quiet" onPress={() => setReason(null)}>
                {t`Cancel`}
              </Button>
              <Button size="s" type="submit" isPending={isBusy} isDisabled={!reason.trim()}>
                {t`Lift the pause`}
              </Button>
            </div>
          </form>
        ))}
    </div>
  );
}
