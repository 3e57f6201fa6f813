import type { LinkInput, Ticket, TicketRow } from '@evenkeel/api';
import { Button, Dialog, RadioGroup, Select, TextField, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useEffect, useState } from 'react';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { loadTicket, loadTimeline } from '../../../store/sync';
import styles from '../merges/Merges.module.css';

const FOUND_SHOWN = 8;
const PAUSE_MS = 250;
const KINDS = ['related', 'child', 'parent', 'incident', 'problem', 'duplicate'] as const;
type Kind = (typeof KINDS)[number];

function kindLabel(kind: Kind): string {
  switch (kind) {
    case 'related':
      return t`Is about the same`;
    case 'child':
      return t`Is a part of this one`;
    case 'parent':
      return t`This one is a part of it`;
    case 'incident':
      return t`Is a case of this problem`;
    case 'problem':
      return t`Is the problem behind this one`;
    case 'duplicate':
      return t`Tells the same as this one`;
  }
}

interface LinkDialogProps {
  ticket: Ticket;
  onClose: () => void;
}

/** Links the open ticket with another one, found by number or by words of its subject. */
export default function LinkDialog({ ticket, onClose }: LinkDialogProps) {
  const [words, setWords] = useState('');
  const [other, setOther] = useState<string>('');
  const [kind, setKind] = useState<Kind>(ticket.type === 'problem' ? 'incident' : 'related');
  const [isBusy, setIsBusy] = useState(false);
  const found = useFound(words, ticket.id);
  const link = async () => {
    setIsBusy(true);
    try {
      const body: LinkInput = { ticket_id: Number(other), kind };
      await api.tickets.link(ticket.id, body);
      onClose();
      toast({ text: t`Linked with #${other}`, tone: 'good' });
      await Promise.all([loadTicket(ticket.id), loadTimeline(ticket.id)]);
    } catch (error) {
      tellRefusal(error);
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      isOpen
      size="m"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t`Link #${ticket.id} with another ticket`}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            isDisabled={!found.some((it) => String(it.id) === other)}
            isPending={isBusy}
            onPress={() => void link()}
          >
            {t`Link`}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField autoFocus label={t`Number or words`} value={words} onChange={setWords} />
        {found.length > 0 && (
          <RadioGroup
            label={t`Which ticket?`}
            value={other}
            onChange={setOther}
            options={found.map((row) => ({
              id: String(row.id),
              label: `#${row.id} ${row.subject}`,
            }))}
          />
        )}
        <Select
          label={t`The other ticket`}
          value={kind}
          onChange={(value) => setKind(KINDS.find((it) => it === value) ?? 'related')}
          options={KINDS.map((it) => ({ id: it, label: kindLabel(it) }))}
        />
      </div>
    </Dialog>
  );
}

/** Tickets with this number or these words, but for the open one. */
function useFound(words: string, own: number): readonly TicketRow[] {
  const [found, setFound] = useState<readonly TicketRow[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const look = async () => {
      const text = words.trim();
      const number = Number(text.replace(/^#/, ''));
      if (text === '') return setFound([]);
      const rows = Number.isInteger(number)
        ? [await api.tickets.get(number, stop.signal)]
        : (await api.tickets.list({ q: text, limit: FOUND_SHOWN }, stop.signal)).items;
      setFound(rows.filter((row) => row.id !== own));
    };
    const timer = setTimeout(() => {
      look().catch(() => {
        if (!stop.signal.aborted) setFound([]);
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [words, own]);
  return found;
}
