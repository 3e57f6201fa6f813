import { newKey, type Escalation, type EscalationStep } from '@evenkeel/api';
import { Button, Select, TextArea } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { ChevronsUp } from 'lucide-react';
import { useState } from 'react';
import { useFormat } from '../../../i18n';
import { api, useSession } from '../../../session';
import { useAgents, useTeams } from '../../../store';
import { FormDialog } from '../../forms/FormDialog';
import { Loaded } from '../../forms/Loaded';
import { useSave } from '../../forms/useSave';
import { DAY, TOGETHER, usePaths } from './queries';
import styles from './Together.module.css';

const REFRESHES = [TOGETHER, DAY];

/** Names an agent or a team that something goes to. */
export function useReceiver() {
  const agents = useAgents();
  const teams = useTeams();
  return (agent: number | null | undefined, team: number | null | undefined): string =>
    agents.find(({ id }) => id === agent)?.name ?? teams.find(({ id }) => id === team)?.name ?? '';
}

/** Hands a ticket to somebody who can do more, with what they must know. */
export function EscalateDialog({ ticketId, onClose }: { ticketId: number; onClose: () => void }) {
  const paths = usePaths();
  const receiver = useReceiver();
  const [choice, setChoice] = useState<string | null>(null);
  const [summary, setSummary] = useState('');
  const [tried, setTried] = useState('');
  const [expected, setExpected] = useState('');
  const [key] = useState(newKey);
  const saving = useSave(
    () => {
      const [path = 0, step = 0] = (choice ?? '').split('/').map(Number);
      const note = { summary, tried, expected };
      return api.escalations.create(ticketId, { path_id: path, step, note }, key);
    },
    { refreshes: REFRESHES, onSaved: onClose },
  );
  const isIncomplete = [summary, tried, expected].some((part) => part.trim() === '');
  return (
    <FormDialog
      size="m"
      title={t`Escalate`}
      action={t`Escalate`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={choice === null || isIncomplete}
      error={saving.error}
      fields={['note.summary', 'note.tried', 'note.expected']}
    >
      <Loaded query={paths}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={styles.line}>
              {t`There is no escalation path yet. An admin can set one up under Administration.`}
            </p>
          ) : (
            <Select
              label={t`To whom`}
              options={items.flatMap((path) =>
                path.steps.map((step: EscalationStep, index) => ({
                  id: `${path.id}/${index}`,
                  label: `${path.name}: ${receiver(step.agent_id, step.team_id)}`,
                  detail: step.when,
                })),
              )}
              value={choice}
              onChange={setChoice}
              description={t`You stay the customer's contact and keep watching.`}
            />
          )
        }
      </Loaded>
      <TextArea
        label={t`What it is about`}
        rows={2}
        value={summary}
        onChange={setSummary}
        errorMessage={saving.words('note.summary')}
        isRequired
      />
      <TextArea
        label={t`What was tried`}
        rows={2}
        value={tried}
        onChange={setTried}
        errorMessage={saving.words('note.tried')}
        isRequired
      />
      <TextArea
        label={t`What the customer expects`}
        rows={2}
        value={expected}
        onChange={setExpected}
        errorMessage={saving.words('note.expected')}
        isRequired
      />
    </FormDialog>
  );
}

/** The escalation of a ticket: the note, the contact, and what its receiver can do. */
export function EscalationPart({ escalation }: { escalation: Escalation }) {
  const { dateTime } = useFormat();
  const { me, can } = useSession();
  const receiver = useReceiver();
  const teams = useTeams();
  const [returns, setReturns] = useState(false);
  const taking = useSave(() => api.escalations.accept(escalation.id, escalation.version), {
    refreshes: REFRESHES,
  });
  const { state, note, reason, owner_id: ownerId } = escalation;
  const owner = receiver(ownerId, null);
  const to = receiver(escalation.to_agent_id, escalation.to_team_id);
  const taker = receiver(escalation.taken_by, null);
  const when = dateTime(escalation.due_at);
  const team = teams.find(({ id }) => id === escalation.to_team_id);
  const isMine =
    escalation.to_agent_id === me.agent.id ||
    escalation.taken_by === me.agent.id ||
    team?.member_ids.includes(me.agent.id) === true;
  const isOpen = state === 'waiting' || state === 'taken';
  return (
    <div className={styles.escalation}>
      <p className={styles.item}>
        <ChevronsUp size={16} aria-hidden />
        <span className={styles.words}>
          {state === 'waiting' && t`Escalated to ${to}, to be taken by ${when}`}
          {state === 'taken' && t`${taker} took the escalation`}
          {state === 'returned' && t`${to} returned the escalation: ${reason ?? ''}`}
        </span>
      </p>
      {isOpen && (
        <p className={styles.line}>
          {ownerId === me.agent.id
            ? t`You remain the customer's contact.`
            : t`${owner} remains the customer's contact.`}
        </p>
      )}
      <dl className={styles.note}>
        <dt>{t`What it is about`}</dt>
        <dd dir="auto">{note.summary}</dd>
        <dt>{t`What was tried`}</dt>
        <dd dir="auto">{note.tried}</dd>
        <dt>{t`What the customer expects`}</dt>
        <dd dir="auto">{note.expected}</dd>
      </dl>
      {isOpen && isMine && can('ticket.update') && (
        <div className={styles.buttons}>
          {state === 'waiting' && (
            <Button
              size="s"
              variant="primary"
              isPending={taking.isSaving}
              onPress={() => taking.save(undefined)}
            >{t`Take it`}</Button>
          )}
          <Button size="s" onPress={() => setReturns(true)}>{t`Return it…`}</Button>
        </div>
      )}
      {returns && <ReturnDialog escalation={escalation} onClose={() => setReturns(false)} />}
    </div>
  );
}

function ReturnDialog({ escalation, onClose }: { escalation: Escalation; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const saving = useSave(
    () => api.escalations.giveBack(escalation.id, escalation.version, reason),
    { refreshes: REFRESHES, onSaved: onClose },
  );
  return (
    <FormDialog
      title={t`Return the escalation`}
      action={t`Return it`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={reason.trim() === ''}
      error={saving.error}
      fields={['reason']}
    >
      <TextArea
        label={t`Why`}
        rows={3}
        value={reason}
        onChange={setReason}
        errorMessage={saving.words('reason')}
        description={t`Say what is missing or who could help instead.`}
        autoFocus
        isRequired
      />
    </FormDialog>
  );
}
