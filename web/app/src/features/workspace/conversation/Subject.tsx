import type { Ticket } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { useRef, useState } from 'react';
import { changeTicket } from '../../../store/commands';
import styles from './Conversation.module.css';

/** The subject; a click or Enter on it edits it in place. */
export function Subject({ ticket }: { ticket: Ticket }) {
  const [text, setText] = useState<string | null>(null);
  const heading = useRef<HTMLButtonElement>(null);
  const shown = ticket.subject || t`(no subject)`;

  const finish = (keep: boolean) => {
    const subject = text?.trim();
    setText(null);
    if (keep && subject && subject !== ticket.subject) {
      void changeTicket(ticket.id, { subject }, t`Subject changed`);
    }
    requestAnimationFrame(() => heading.current?.focus());
  };

  if (text !== null) {
    return (
      <input
        className={styles.subjectInput}
        aria-label={t`Subject`}
        dir="auto"
        value={text}
        maxLength={300}
        autoFocus
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => finish(true)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') finish(true);
          if (event.key === 'Escape') {
            event.preventDefault();
            finish(false);
          }
        }}
      />
    );
  }
  return (
    <h2 className={styles.subject} dir="auto">
      {ticket.may.update ? (
        <button
          ref={heading}
          className={styles.subjectButton}
          title={t`Edit the subject`}
          onClick={() => setText(ticket.subject)}
        >
          {shown}
        </button>
      ) : (
        shown
      )}
      <span className={styles.number}>#{ticket.id}</span>
    </h2>
  );
}
