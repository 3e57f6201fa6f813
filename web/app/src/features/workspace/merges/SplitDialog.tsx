import { newKey, type Ticket } from '@evenkeel/api';
import { Button, Dialog, TextField, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { loadTicket, loadTimeline } from '../../../store/sync';
import { MessageChoice } from './MessageChoice';
import styles from './Merges.module.css';

interface SplitDialogProps {
  ticket: Ticket;
  /** The message it was asked on. */
  number: number;
  onClose: () => void;
}

/** Makes a ticket of its own out of messages that are about something else. */
export default function SplitDialog({ ticket, number, onClose }: SplitDialogProps) {
  const navigate = useNavigate();
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set([number]));
  const [subject, setSubject] = useState(ticket.subject);
  const [isBusy, setIsBusy] = useState(false);
  const [key] = useState(newKey);
  const split = async () => {
    setIsBusy(true);
    try {
      const body = { version: ticket.version, numbers: [...picked], subject };
      const fresh = await api.tickets.split(ticket.id, body, key);
      onClose();
      void Promise.all([loadTicket(ticket.id), loadTimeline(ticket.id)]);
      const action = { label: t`Open it`, onPress: () => void navigate(`/app/t/${fresh.id}`) };
      toast({ tone: 'good', text: t`Split off into #${fresh.id}`, action });
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
      title={t`Split messages off`}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            isDisabled={picked.size === 0 || subject.trim() === ''}
            isPending={isBusy}
            onPress={() => void split()}
          >
            {t`Make it a ticket`}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField autoFocus label={t`Subject`} value={subject} onChange={setSubject} />
        <MessageChoice
          label={t`Messages that go along; at least one stays`}
          ticketId={ticket.id}
          offers={() => true}
          picked={picked}
          onPick={setPicked}
        />
      </div>
    </Dialog>
  );
}
