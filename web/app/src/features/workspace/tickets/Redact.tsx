import type { Attachment, MessageItem } from '@evenkeel/api';
import { Button, Dialog, TextArea, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { update } from '../../../store/store';
import { putMessage } from '../../../store/update';
import styles from './Tickets.module.css';

interface RedactProps {
  ticketId: number;
  message: MessageItem;
  /** The file to remove; without it, some text. */
  file: Attachment | undefined;
  onClose: () => void;
}

/** Removes a piece of text or a file for good. The only thing here without an undo. */
export default function Redact({ ticketId, message, file, onClose }: RedactProps) {
  const [text, setText] = useState(() => window.getSelection()?.toString().trim() ?? '');
  const [isBusy, setIsBusy] = useState(false);
  const isThere = file !== undefined || (text.trim() !== '' && message.text.includes(text.trim()));

  const redact = async () => {
    setIsBusy(true);
    try {
      const what = file ? { attachment_id: file.id } : { text: text.trim() };
      const changed = await api.tickets.redact(ticketId, message.number, what);
      update((state) => putMessage(state, ticketId, changed));
      toast({ text: t`Redacted. It is gone for everybody.` });
      onClose();
    } catch (error) {
      tellRefusal(error);
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      isOpen
      isAlert
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={file ? t`Redact this file?` : t`Redact text`}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button
            variant="danger"
            isDisabled={!isThere}
            isPending={isBusy}
            onPress={() => void redact()}
          >
            {t`Redact for good`}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p>
          {file
            ? t`“${file.name}” will be removed from this message for everybody. This can't be undone.`
            : t`The text will be replaced wherever it stands in this message, for everybody. This can't be undone.`}
        </p>
        {!file && (
          <>
            <TextArea
              label={t`Text to remove`}
              description={t`Exactly as it stands in the message, for example a card number.`}
              rows={2}
              value={text}
              onChange={setText}
              errorMessage={
                text.trim() !== '' && !isThere ? t`This text is not in the message.` : undefined
              }
            />
            <div className={styles.excerpt} dir="auto">
              {message.text}
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}
