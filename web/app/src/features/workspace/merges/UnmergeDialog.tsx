import type { MergedTicket, Ticket } from '@evenkeel/api';
import { Button, Dialog, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { loadTicket, loadTimeline } from '../../../store/sync';
import { MessageChoice } from './MessageChoice';
import styles from './Merges.module.css';

interface UnmergeDialogProps {
  ticket: Ticket;
  merged: MergedTicket;
  onClose: () => void;
}

/** Brings a merged ticket back; what came later stays unless it is picked. */
export default function UnmergeDialog({ ticket, merged, onClose }: UnmergeDialogProps) {
  const navigate = useNavigate();
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const [isBusy, setIsBusy] = useState(false);
  const { id, version } = ticket;
  const bringBack = async () => {
    setIsBusy(true);
    try {
      await api.tickets.unmerge(id, merged.id, { version, numbers: [...picked] });
      onClose();
      void Promise.all([loadTicket(id), loadTimeline(id)]);
      const open = () => void navigate(`/app/t/${merged.id}`);
      const action = { label: t`Open it`, onPress: open };
      toast({ tone: 'good', text: t`#${merged.id} is a ticket of its own again`, action });
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
      title={t`Bring #${merged.id} back`}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" isPending={isBusy} onPress={() => void bringBack()}>
            {t`Bring it back`}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p dir="auto">{t`“${merged.subject}” gets its own messages and people back.`}</p>
        <MessageChoice
          label={t`Messages that came later stay here, unless you pick them`}
          ticketId={id}
          offers={(number) => number > merged.last_number}
          picked={picked}
          onPick={setPicked}
        />
      </div>
    </Dialog>
  );
}
