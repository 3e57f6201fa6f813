import { newKey, type HandOverDraft, type HandOverDraftTicket } from '@evenkeel/api';
import { Checkbox, EmptyState, Select, TextArea } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { Handshake } from 'lucide-react';
import { useState } from 'react';
import { useFormat } from '../../i18n';
import { useAgents, useTeams } from '../../store';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { FormDialog } from '../forms/FormDialog';
import { Loaded } from '../forms/Loaded';
import { useSave } from '../forms/useSave';
import { DAY } from '../workspace/together/queries';
import { HAND_OVERS } from './handOvers';
import styles from './Day.module.css';

type Choice = { moves: boolean; note: string };

const UNTOUCHED: Choice = { moves: true, note: '' };

/** The end of a shift: who goes on with what is under way, and what they should know. */
export default function HandOverDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const draft = useQuery({
    queryKey: [...HAND_OVERS, 'draft'],
    queryFn: ({ signal }) => api.handOvers.draft(signal),
    gcTime: 0,
  });
  const [receiver, setReceiver] = useState('');
  const [note, setNote] = useState('');
  const [choices, setChoices] = useState<Record<number, Choice>>({});
  const [key] = useState(newKey);
  const tickets = draft.data?.tickets ?? [];
  const sending = useSave(
    () => {
      const [kind, id] = receiver.split(':');
      return api.handOvers.create(
        {
          to_agent_id: kind === 'agent' ? Number(id) : null,
          to_team_id: kind === 'team' ? Number(id) : null,
          note: note || null,
          tickets: tickets.map(({ ticket_id: id }) => {
            const { moves, note } = choices[id] ?? UNTOUCHED;
            return { ticket_id: id, moves, note: note || null };
          }),
        },
        key,
      );
    },
    { refreshes: [HAND_OVERS, DAY], onSaved: onClose },
  );
  return (
    <FormDialog
      title={t`Hand over`}
      action={t`Hand over`}
      size="l"
      onSubmit={() => sending.save(undefined)}
      onClose={onClose}
      isBusy={sending.isSaving}
      isIncomplete={receiver === '' || tickets.length === 0}
      error={sending.error}
      fields={['to_agent_id', 'to_team_id', 'note']}
    >
      <Loaded query={draft}>
        {(data) =>
          data.tickets.length === 0 ? (
            <EmptyState icon={<Handshake size={22} />} title={t`You have nothing to hand over`}>
              <Trans>No open ticket is yours, and none wakes within a day.</Trans>
            </EmptyState>
          ) : (
            <>
              <ReceiverSelect
                value={receiver}
                onChange={setReceiver}
                errorMessage={sending.words('to_agent_id') ?? sending.words('to_team_id')}
              />
              <TextArea
                label={t`What they should know`}
                description={t`What concerns a customer belongs in the note of their ticket.`}
                value={note}
                onChange={setNote}
                maxLength={5000}
                errorMessage={sending.words('note')}
              />
              <ul className={styles.list}>
                {data.tickets.map((ticket) => (
                  <li key={ticket.ticket_id}>
                    <TicketChoice
                      ticket={ticket}
                      draft={data}
                      choice={choices[ticket.ticket_id] ?? UNTOUCHED}
                      onChange={(choice) => setChoices({ ...choices, [ticket.ticket_id]: choice })}
                    />
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
    </FormDialog>
  );
}

type ReceiverSelectProps = {
  value: string;
  onChange: (value: string) => void;
  errorMessage: string | undefined;
};

function ReceiverSelect({ value, onChange, errorMessage }: ReceiverSelectProps) {
  const { t } = useLingui();
  const { me } = useSession();
  const colleagues = useAgents().filter(
    ({ id, status, role }) => status === 'active' && role !== 'light_agent' && id !== me.agent.id,
  );
  const teams = useTeams();
  return (
    <Select
      label={t`Who goes on`}
      placeholder={t`Choose`}
      options={[
        ...colleagues.map(({ id, name }) => ({ id: `agent:${id}`, label: name })),
        ...teams.map(({ id, name }) => ({ id: `team:${id}`, label: t`Team ${name}` })),
      ]}
      value={value}
      onChange={onChange}
      errorMessage={errorMessage}
    />
  );
}

type TicketChoiceProps = {
  ticket: HandOverDraftTicket;
  draft: HandOverDraft;
  choice: Choice;
  onChange: (choice: Choice) => void;
};

function TicketChoice({ ticket, draft, choice, onChange }: TicketChoiceProps) {
  const { t } = useLingui();
  const id = ticket.ticket_id;
  const promises = draft.promises.filter((promise) => promise.ticket_id === id);
  const subject = ticket.subject || t`(no subject)`;
  return (
    <div className={styles.item}>
      <bdi>{subject}</bdi>
      <Facts ticket={ticket} />
      {promises.map((promise) => (
        <span key={promise.id} className={styles.line} dir="auto">
          {t`Promised: ${promise.note}`}
        </span>
      ))}
      <Checkbox isSelected={choice.moves} onChange={(moves) => onChange({ ...choice, moves })}>
        <Trans>The ticket goes along</Trans>
      </Checkbox>
      <TextArea
        label={t`Note on ticket ${id}`}
        value={choice.note}
        onChange={(note) => onChange({ ...choice, note })}
        maxLength={5000}
        rows={2}
      />
    </div>
  );
}

function Facts({ ticket }: { ticket: HandOverDraftTicket }) {
  const { t } = useLingui();
  const { dateTime } = useFormat();
  const facts: string[] = [];
  const { waiting_since: since, sla_due_at: due, snoozed_until: wakes } = ticket;
  if (since) {
    const when = dateTime(since);
    facts.push(t`The customer waits since ${when}`);
  }
  if (due) {
    const when = dateTime(due);
    facts.push(t`Due ${when}`);
  }
  if (wakes) {
    const when = dateTime(wakes);
    facts.push(t`Wakes ${when}`);
  }
  if (ticket.escalated) facts.push(t`An escalation is under way`);
  return facts.length === 0 ? null : <span className={styles.line}>{facts.join(' · ')}</span>;
}
