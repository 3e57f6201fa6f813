import { newKey, type Address, type Attachment } from '@evenkeel/api';
import { Checkbox, RadioGroup, Select, Spinner, TextField } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { lazy, Suspense, useState } from 'react';
import { api, useSession } from '../../../session';
import { useAgents, useStore, useTeams } from '../../../store';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { AddressField } from '../tickets/AddressField';
import { DAY, TOGETHER } from './queries';
import styles from './Together.module.css';

const PlainEditor = lazy(() => import('../tickets/PlainEditor'));
const NO_FILES: readonly Attachment[] = [];

type Way = 'mail' | 'agent' | 'team';

/** Asks somebody beside a ticket: by mail outside, a colleague, or a team. */
export function AskDialog({ ticketId, onClose }: { ticketId: number; onClose: () => void }) {
  const { me, can } = useSession();
  const ways: { id: Way; label: string }[] = [
    ...(can('ticket.forward')
      ? [{ id: 'mail' as const, label: t`Somebody outside, by mail` }]
      : []),
    { id: 'agent', label: t`A colleague` },
    { id: 'team', label: t`A team` },
  ];
  const colleagues = useAgents().filter(
    ({ id, status }) => status === 'active' && id !== me.agent.id,
  );
  const teams = useTeams();
  const [way, setWay] = useState<Way>(ways[0]?.id ?? 'agent');
  const [to, setTo] = useState<Address[]>([]);
  const [agent, setAgent] = useState<string | null>(null);
  const [team, setTeam] = useState<string | null>(null);
  const [subject, setSubject] = useState('');
  const [html, setHtml] = useState('');
  const [files, setFiles] = useState<number[]>([]);
  const [key] = useState(newKey);
  const whom =
    way === 'mail'
      ? { to, file_ids: files }
      : way === 'agent'
        ? { agent_id: Number(agent) }
        : { team_id: Number(team) };
  const isWhomMissing =
    way === 'mail' ? to.length === 0 : (way === 'agent' ? agent : team) === null;
  const asking = useSave(
    () => api.sideConversations.create(ticketId, { subject, html, ...whom }, key),
    { refreshes: [TOGETHER, DAY], onSaved: onClose },
  );
  const options = (people: readonly { id: number; name: string }[]) =>
    people.map(({ id, name }) => ({ id: String(id), label: name }));
  return (
    <FormDialog
      size="l"
      title={t`Ask somebody beside this ticket`}
      action={way === 'mail' ? t`Send by mail` : t`Ask`}
      onSubmit={() => asking.save(undefined)}
      onClose={onClose}
      isBusy={asking.isSaving}
      isIncomplete={isWhomMissing || subject.trim() === '' || html === ''}
      error={asking.error}
      fields={['to', 'subject', 'html', 'agent_id', 'team_id']}
    >
      <RadioGroup label={t`Whom`} options={ways} value={way} onChange={setWay} />
      {way === 'mail' && (
        <AddressField label={t`To`} value={to} onChange={setTo} errorMessage={asking.words('to')} />
      )}
      {way === 'agent' && (
        <Select
          label={t`Colleague`}
          options={options(colleagues)}
          value={agent}
          onChange={setAgent}
        />
      )}
      {way === 'team' && (
        <Select label={t`Team`} options={options(teams)} value={team} onChange={setTeam} />
      )}
      <TextField
        label={t`What it is about`}
        value={subject}
        onChange={setSubject}
        errorMessage={asking.words('subject')}
        isRequired
      />
      <div className={styles.editor}>
        <Suspense fallback={<Spinner label={t`Loading the editor`} />}>
          <PlainEditor label={t`Your question`} onChange={setHtml} />
        </Suspense>
      </div>
      {way === 'mail' && <TicketFiles ticketId={ticketId} chosen={files} onChange={setFiles} />}
    </FormDialog>
  );
}

interface TicketFilesProps {
  ticketId: number;
  chosen: readonly number[];
  onChange: (chosen: number[]) => void;
}

/** The ticket's files, each of which may go along. */
function TicketFiles({ ticketId, chosen, onChange }: TicketFilesProps) {
  const items = useStore((state) => state.timelines.get(ticketId)?.items);
  const files = items
    ? items.flatMap((item) => (item.type === 'message' ? item.attachments : NO_FILES))
    : NO_FILES;
  const shown = files.filter(({ redacted }) => !redacted);
  if (shown.length === 0) return null;
  return (
    <fieldset className={styles.files}>
      <legend>{t`Files of the ticket that go along`}</legend>
      {shown.map(({ id, name }) => (
        <Checkbox
          key={id}
          isSelected={chosen.includes(id)}
          onChange={(on) => onChange(on ? [...chosen, id] : chosen.filter((it) => it !== id))}
        >
          {name}
        </Checkbox>
      ))}
    </fieldset>
  );
}
