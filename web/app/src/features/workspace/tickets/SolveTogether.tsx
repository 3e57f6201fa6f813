import { newKey, type Ticket } from '@evenkeel/api';
import { Button, Dialog, TextArea, toast } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { useState } from 'react';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { loadTicket, loadTimeline } from '../../../store/sync';
import styles from '../merges/Merges.module.css';

interface SolveTogetherProps {
  ticket: Ticket;
  count: number;
  onClose: () => void;
}

/** What was typed as HTML: one paragraph for each line. */
function paragraphs(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = escaped.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => `<p>${line}</p>`).join('');
}

/** Solves a problem and its open incidents, and tells their customers if wanted. */
export default function SolveTogether({ ticket, count, onClose }: SolveTogetherProps) {
  const [text, setText] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [key] = useState(newKey);
  const solve = async () => {
    setIsBusy(true);
    try {
      const html = paragraphs(text);
      const body = { version: ticket.version, html: html === '' ? null : html };
      await api.tickets.solveIncidents(ticket.id, body, key);
      onClose();
      toast({
        text: plural(count, {
          one: '# incident is being solved',
          other: '# incidents are being solved',
        }),
        tone: 'good',
      });
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
      title={t`Solve #${ticket.id} and its incidents`}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" isPending={isBusy} onPress={() => void solve()}>
            {t`Solve together`}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p>
          {plural(count, {
            one: '# open incident is solved with this problem. If it can’t be, it stays open.',
            other: '# open incidents are solved with this problem. Those that can’t be stay open.',
          })}
        </p>
        <TextArea label={t`Message to each customer (optional)`} value={text} onChange={setText} />
      </div>
    </Dialog>
  );
}
