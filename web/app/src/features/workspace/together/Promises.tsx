import type { PromisePatch, Promised } from '@evenkeel/api';
import { newKey } from '@evenkeel/api';
import { IconButton, Menu, Select, TextField } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { CalendarClock, Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { useFormat } from '../../../i18n';
import { api, useSession } from '../../../session';
import { useAgents } from '../../../store';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { ChooseTime } from '../conversation/Snooze';
import { TimeField } from '../tickets/TimeField';
import { laterChoices } from '../tickets/later';
import { DAY, TOGETHER } from './queries';
import styles from './Together.module.css';

const REFRESHES = [TOGETHER, DAY];

/** Promises the customer something by a time. */
export function PromiseDialog({ ticketId, onClose }: { ticketId: number; onClose: () => void }) {
  const { me } = useSession();
  const agents = useAgents().filter(
    (agent) => agent.status === 'active' && agent.role !== 'light_agent',
  );
  const [note, setNote] = useState('');
  const [owner, setOwner] = useState(String(me.agent.id));
  const [due, setDue] = useState<Date | null>(
    laterChoices(new Date()).find(({ id }) => id === 'tomorrow')?.at ?? null,
  );
  const [key] = useState(newKey);
  const saving = useSave(
    (at: Date) =>
      api.promises.create(
        ticketId,
        { note, due_at: at.toISOString(), owner_id: Number(owner) },
        key,
      ),
    { refreshes: REFRESHES, onSaved: onClose },
  );
  return (
    <FormDialog
      title={t`Promise to get back`}
      action={t`Promise`}
      onSubmit={() => due && saving.save(due)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={note.trim() === '' || due === null}
      error={saving.error}
      fields={['note', 'due_at', 'owner_id']}
    >
      <TextField
        label={t`What you promised`}
        placeholder={t`Write about the refund`}
        value={note}
        onChange={setNote}
        errorMessage={saving.words('note')}
        autoFocus
        isRequired
      />
      <TimeField
        label={t`By when`}
        value={due}
        onChange={setDue}
        errorMessage={saving.words('due_at')}
      />
      <Select
        label={t`Who keeps it`}
        options={agents.map(({ id, name }) => ({ id: String(id), label: name }))}
        value={owner}
        onChange={setOwner}
        errorMessage={saving.words('owner_id')}
        description={t`It comes back by itself, and a reply that goes out keeps it.`}
      />
    </FormDialog>
  );
}

/** One promise, with what can be done about it. */
export function PromiseLine({ promise }: { promise: Promised }) {
  const { dateTime } = useFormat();
  const { can } = useSession();
  const owner = useAgents().find(({ id }) => id === promise.owner_id)?.name ?? '';
  const [putsOff, setPutsOff] = useState(false);
  const saving = useSave(
    (patch: Omit<PromisePatch, 'version'>) =>
      api.promises.update(promise.id, { version: promise.version, ...patch }),
    { refreshes: REFRESHES },
  );
  const isDue = promise.state === 'due';
  const when = dateTime(promise.due_at);
  return (
    <li className={styles.item}>
      <CalendarClock size={16} aria-hidden />
      <div className={styles.words}>
        <p dir="auto">{promise.note}</p>
        <p className={styles.line}>
          {isDue ? (
            <span className={styles.due}>{t`Was due ${when}`}</span>
          ) : (
            t`${owner} by ${when}`
          )}
        </p>
      </div>
      {can('ticket.reply') && (
        <Menu
          label={t`About this promise`}
          placement="bottom end"
          trigger={
            <IconButton
              size="s"
              label={t`About the promise “${promise.note}”`}
              icon={<Ellipsis size={16} aria-hidden />}
            />
          }
          entries={[
            {
              id: 'kept',
              label: t`It is kept`,
              onAction: () => saving.save({ state: 'kept' }),
            },
            { id: 'later', label: t`Another time…`, onAction: () => setPutsOff(true) },
            {
              id: 'withdraw',
              label: t`Withdraw it`,
              startsGroup: true,
              onAction: () => saving.save({ state: 'withdrawn' }),
            },
          ]}
        />
      )}
      {putsOff && (
        <ChooseTime
          title={t`Promise it for`}
          action={t`Save`}
          onChoose={(at) => saving.save({ due_at: at.toISOString() })}
          onClose={() => setPutsOff(false)}
        />
      )}
    </li>
  );
}
