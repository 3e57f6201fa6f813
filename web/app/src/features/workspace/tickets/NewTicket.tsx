import { newKey, type Address, type Attachment, type TicketType } from '@evenkeel/api';
import { Button, Dialog, RadioGroup, Select, Spinner, TextField, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { lazy, Suspense, useState } from 'react';
import { useNavigate } from 'react-router';
import { api, useSession } from '../../../session';
import { useStore, useTeams } from '../../../store';
import { tellRefusal } from '../../../store/commands';
import { Files } from '../composer/Files';
import { attachmentIds, isBlank } from '../composer/rules';
import { NewTicketFields } from '../fields/NewTicketFields';
import { filled, type Values } from '../fields/values';
import { AddressField } from './AddressField';
import styles from './Tickets.module.css';

const PlainEditor = lazy(() => import('./PlainEditor'));
const NONE = 'none';

type Kind = 'reply' | 'note';

/** Opens a ticket towards a customer: a first mail, or a note for the team. */
export default function NewTicket({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const { me } = useSession();
  const navigate = useNavigate();
  const inboxes = useStore((state) => state.inboxes);
  const teams = useTeams();
  const [to, setTo] = useState<Address[]>([]);
  const [subject, setSubject] = useState('');
  const [kind, setKind] = useState<Kind>('reply');
  const [html, setHtml] = useState('');
  const [files, setFiles] = useState<readonly Attachment[]>([]);
  const [inbox, setInbox] = useState<string | null>(null);
  const [team, setTeam] = useState<string>(NONE);
  const [isBusy, setIsBusy] = useState(false);
  const [key] = useState(newKey);
  const [type, setType] = useState<TicketType | null>(null);
  const [formId, setFormId] = useState<number | null>(null);
  const [values, setValues] = useState<Values>({});
  const [refusal, setRefusal] = useState<unknown>(null);
  const person = to[0];
  const able = inboxes.filter((each) => each.enabled);
  const from = inbox ?? (able[0] ? String(able[0].id) : null);
  const content = { html, files, cc: null };

  const attach = async (chosen: readonly File[]) => {
    try {
      const added = await Promise.all(chosen.map((file) => api.uploads.create(file)));
      setFiles((known) => [...known, ...added]);
    } catch {
      toast({ tone: 'bad', text: t`The file didn't upload. Please try again.` });
    }
  };
  const create = async () => {
    if (!person) return;
    setIsBusy(true);
    try {
      const ticket = await api.tickets.create(
        {
          subject: subject.trim(),
          requester: person,
          inbox_id: from === null ? undefined : Number(from),
          team_id: team === NONE ? undefined : Number(team),
          assignee_id: me.agent.id,
          body: { html, attachment_ids: attachmentIds(content) },
          kind,
          type,
          form_id: formId,
          fields: filled(values),
        },
        key,
      );
      onOpenChange(false);
      void navigate(`/app/v/mine/t/${ticket.id}`);
    } catch (error) {
      setRefusal(error);
      tellRefusal(error);
      setIsBusy(false);
    }
  };
  const name = person?.name || person?.email;
  const label = kind === 'note' ? t`Open with a note` : name ? t`Send to ${name}` : t`Send`;
  return (
    <Dialog
      isOpen
      size="l"
      onOpenChange={onOpenChange}
      title={t`New ticket`}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={() => onOpenChange(false)}>{t`Cancel`}</Button>
          <Button
            variant={kind === 'note' ? 'note' : 'primary'}
            isDisabled={!person || subject.trim() === '' || isBlank(content)}
            isPending={isBusy}
            onPress={() => void create()}
          >
            {label}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <AddressField single autoFocus label={t`Customer`} value={to} onChange={setTo} />
        <TextField label={t`Subject`} value={subject} onChange={setSubject} maxLength={300} />
        <div className={styles.pair}>
          {able.length > 1 && (
            <Select
              label={t`From`}
              value={from}
              onChange={setInbox}
              options={able.map((each) => ({
                id: String(each.id),
                label: each.name,
                detail: each.address,
              }))}
            />
          )}
          {teams.length > 0 && (
            <Select
              label={t`Team`}
              value={team}
              onChange={setTeam}
              options={[
                { id: NONE, label: t`No team` },
                ...teams.map((each) => ({ id: String(each.id), label: each.name })),
              ]}
            />
          )}
        </div>
        <NewTicketFields
          inboxId={from === null ? null : Number(from)}
          type={type}
          onType={setType}
          formId={formId}
          onForm={setFormId}
          values={values}
          onChange={setValues}
          error={refusal}
        />
        <RadioGroup<Kind>
          label={t`How it starts`}
          value={kind}
          onChange={setKind}
          options={[
            { id: 'reply', label: t`With a mail to the customer` },
            { id: 'note', label: t`With a note that only the team sees` },
          ]}
        />
        <div className={styles.editorBox} data-note={kind === 'note' || undefined}>
          <Suspense fallback={<Spinner label={t`Loading the editor`} />}>
            <PlainEditor
              label={t`Message`}
              onChange={setHtml}
              onFiles={(list) => void attach(list)}
            />
          </Suspense>
          <Files
            files={files}
            onRemove={(id) => setFiles(files.filter((file) => file.id !== id))}
          />
        </div>
      </div>
    </Dialog>
  );
}
