import { newKey, type MergePreview, type Ticket, type TicketRow } from '@evenkeel/api';
import { Button, Checkbox, Dialog, RadioGroup, TextField } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { api } from '../../../session';
import { offerUndo, tellRefusal } from '../../../store/commands';
import { loadTicket, loadTimeline } from '../../../store/sync';
import { useMergePreview } from './useMergePreview';
import styles from './Merges.module.css';

const OTHERS_SHOWN = 10;

interface MergeDialogProps {
  ticket: Ticket;
  onClose: () => void;
}

/** Merges the open ticket with another one, after showing who would get replies from then on. */
export default function MergeDialog({ ticket, onClose }: MergeDialogProps) {
  const navigate = useNavigate();
  const others = useOthers(ticket);
  const [other, setOther] = useState<number | null>(null);
  const [direction, setDirection] = useState<'here' | 'there'>('here');
  const [added, setAdded] = useState<ReadonlySet<number>>(new Set());
  const [isBusy, setIsBusy] = useState(false);
  const [key] = useState(newKey);
  const survivor = direction === 'here' ? ticket.id : other;
  const source = direction === 'here' ? other : ticket.id;
  const { preview, problem } = useMergePreview(survivor, source);

  const merge = async () => {
    if (!preview || !survivor || !source) return;
    setIsBusy(true);
    try {
      const sources = preview.sources.map(({ id, version }) => ({ id, version }));
      const add = preview.left_out.map((it) => it.customer_id).filter((id) => added.has(id));
      await api.tickets.merge(survivor, { version: preview.version, sources, add }, key);
      onClose();
      void refresh(survivor);
      if (survivor !== ticket.id) void navigate(`/app/t/${survivor}`);
      offerUndo(t`#${source} is part of #${survivor} now`, () => void bringBack(survivor, source));
    } catch (error) {
      tellRefusal(error);
    }
    setIsBusy(false);
  };
  return (
    <Dialog
      isOpen
      size="m"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t`Merge #${ticket.id} with another ticket`}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            isDisabled={!preview || problem !== null}
            isPending={isBusy}
            onPress={() => void merge()}
          >
            {survivor ? t`Merge into #${survivor}` : t`Merge`}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <WhichTicket own={ticket.id} others={others} value={other} onChange={setOther} />
        {other && (
          <RadioGroup
            label={t`Which one stays?`}
            value={direction}
            onChange={setDirection}
            options={[
              { id: 'here', label: t`This one, #${ticket.id}` },
              { id: 'there', label: t`The other one, #${other}` },
            ]}
          />
        )}
        {problem && (
          <p role="alert" className={styles.bad}>
            {problem}
          </p>
        )}
        {preview && !problem && <Outcome preview={preview} added={added} onAdd={setAdded} />}
      </div>
    </Dialog>
  );
}

/** Other tickets of the same customer that could be about the same. */
function useOthers(ticket: Ticket): readonly TicketRow[] {
  const [others, setOthers] = useState<readonly TicketRow[]>([]);
  const { id, requester } = ticket;
  useEffect(() => {
    const stop = new AbortController();
    const query = { customer_id: requester.id, limit: OTHERS_SHOWN + 1 };
    api.tickets.list(query, stop.signal).then(
      (page) => {
        const open = page.items.filter((row) => row.id !== id && row.status !== 'closed');
        setOthers(open.slice(0, OTHERS_SHOWN));
      },
      (error: unknown) => {
        if (!stop.signal.aborted) tellRefusal(error);
      },
    );
    return () => stop.abort();
  }, [id, requester.id]);
  return others;
}

interface WhichTicketProps {
  own: number;
  others: readonly TicketRow[];
  value: number | null;
  onChange: (id: number | null) => void;
}

function WhichTicket({ own, others, value, onChange }: WhichTicketProps) {
  const [typed, setTyped] = useState('');
  const number = (text: string) => {
    setTyped(text);
    const id = Number(text.replace(/^\s*#/, ''));
    onChange(Number.isInteger(id) && id > 0 && id !== own ? id : null);
  };
  return (
    <>
      {others.length > 0 && (
        <RadioGroup
          label={t`Other tickets of this customer`}
          value={value ? String(value) : ''}
          onChange={number}
          options={others.map((row) => ({
            id: String(row.id),
            label: `#${row.id} ${row.subject}`,
          }))}
        />
      )}
      <TextField
        autoFocus
        label={others.length > 0 ? t`Or by its number` : t`Number of the other ticket`}
        inputMode="numeric"
        value={typed}
        onChange={number}
      />
    </>
  );
}

interface OutcomeProps {
  preview: MergePreview;
  added: ReadonlySet<number>;
  onAdd: (added: ReadonlySet<number>) => void;
}

/** What will be so after it: what moves, and who gets replies. */
function Outcome({ preview, added, onAdd }: OutcomeProps) {
  const count = preview.sources.reduce((sum, it) => sum + it.message_count, 0);
  const subjects = preview.sources.map((it) => it.subject).join(', ');
  const name = (it: { name: string; email: string }) => it.name || it.email;
  const toggle = (id: number, isAdded: boolean) => {
    const next = new Set(added);
    if (isAdded) next.add(id);
    else next.delete(id);
    onAdd(next);
  };
  return (
    <>
      <p dir="auto">
        {plural(count, {
          one: `One message of “${subjects}” moves. You can bring it back at any time.`,
          other: `# messages of “${subjects}” move. You can bring them back at any time.`,
        })}
      </p>
      <p>{t`Replies go to: ${preview.recipients.map(name).join(', ')}`}</p>
      {preview.left_out.length > 0 && (
        <div className={styles.group} role="group" aria-label={t`Who gets no replies`}>
          <p className={styles.quiet}>
            {t`These people get no replies here, and see only what they took part in, unless you add them:`}
          </p>
          {preview.left_out.map((person) => (
            <Checkbox
              key={person.customer_id}
              isSelected={added.has(person.customer_id)}
              onChange={(isAdded) => toggle(person.customer_id, isAdded)}
              detail={person.name ? person.email : undefined}
            >
              {name(person)}
            </Checkbox>
          ))}
        </div>
      )}
    </>
  );
}

async function refresh(id: number): Promise<void> {
  await Promise.all([loadTicket(id), loadTimeline(id)]);
}

/** Takes a merge back that was just made. */
async function bringBack(survivor: number, source: number): Promise<void> {
  try {
    const { version } = await api.tickets.get(survivor);
    await api.tickets.unmerge(survivor, source, { version });
    await Promise.all([refresh(survivor), loadTicket(source)]);
  } catch (error) {
    tellRefusal(error);
  }
}
