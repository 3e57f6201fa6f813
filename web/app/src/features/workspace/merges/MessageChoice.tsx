import type { MessageItem } from '@evenkeel/api';
import { Checkbox } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useFormat } from '../../../i18n';
import { useStore } from '../../../store';
import styles from './Merges.module.css';

const SNIPPET_CHARS = 90;

interface MessageChoiceProps {
  label: string;
  ticketId: number;
  /** Whether a message can be picked, by its number. */
  offers: (number: number) => boolean;
  picked: ReadonlySet<number>;
  onPick: (picked: ReadonlySet<number>) => void;
}

/** Picks messages of those that are loaded of a ticket; nothing when none can be picked. */
export function MessageChoice({ label, ticketId, offers, picked, onPick }: MessageChoiceProps) {
  const timeline = useStore((state) => state.timelines.get(ticketId));
  const { dateTime } = useFormat();
  const isMessage = (item: { type: string }): item is MessageItem => item.type === 'message';
  const messages = (timeline?.items ?? [])
    .filter(isMessage)
    .filter((it) => offers(it.number) && it.state !== 'scheduled');
  if (messages.length === 0) return null;
  const toggle = (number: number, isPicked: boolean) => {
    const next = new Set(picked);
    if (isPicked) next.add(number);
    else next.delete(number);
    onPick(next);
  };
  return (
    <div className={styles.group} role="group" aria-label={label}>
      <span className={styles.label}>{label}</span>
      <div className={styles.list}>
        {messages.map((message) => (
          <Checkbox
            key={message.number}
            isSelected={picked.has(message.number)}
            onChange={(isPicked) => toggle(message.number, isPicked)}
            detail={message.text.slice(0, SNIPPET_CHARS)}
          >
            {`${message.author.name || t`Unknown sender`} · ${dateTime(message.at)}`}
          </Checkbox>
        ))}
      </div>
    </div>
  );
}
