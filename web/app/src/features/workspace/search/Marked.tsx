import type { MarkedText } from '@evenkeel/api';
import styles from './Search.module.css';

/** A text with what was looked for marked in it. */
export function Marked({ text, highlights }: MarkedText) {
  const parts = [];
  let at = 0;
  for (const [from = 0, to = 0] of highlights) {
    if (from > at) parts.push(text.slice(at, from));
    parts.push(
      <mark key={from} className={styles.mark}>
        {text.slice(from, to)}
      </mark>,
    );
    at = to;
  }
  parts.push(text.slice(at));
  return <>{parts}</>;
}
