import type { CSSProperties } from 'react';
import styles from './Status.module.css';

/** Up to two letters that stand for a name; the first letters of its first and last word. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s@._-]+/u)
    .filter(Boolean);
  const first = words[0] ?? '?';
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  const letter = (word: string | undefined) => (word ? ([...word][0] ?? '') : '');
  return (letter(first) + letter(last)).toLocaleUpperCase();
}

function hue(name: string): number {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 3600;
  return sum % 360;
}

/** A person as a coloured circle with initials. Decorative: put the name beside it. */
export function Avatar({ name, size = 28 }: { name: string; size?: number }) {
  const style = {
    inlineSize: size,
    blockSize: size,
    fontSize: Math.max(10, Math.round(size * 0.38)),
    '--hue': hue(name),
  } as CSSProperties;
  return (
    <span className={styles.avatar} style={style} aria-hidden>
      {initials(name)}
    </span>
  );
}
