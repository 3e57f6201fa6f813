import { Fragment } from 'react';
import styles from './Status.module.css';

const IS_MAC = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

/** How a key is written for people: `mod+k` is ⌘ K on a Mac, Ctrl K elsewhere. */
export function keyWords(keys: string): string[] {
  return keys.split('+').map((key) => {
    switch (key) {
      case 'mod':
        return IS_MAC ? '⌘' : 'Ctrl';
      case 'enter':
        return '↵';
      case 'escape':
        return 'Esc';
      case 'shift':
        return '⇧';
      default:
        return key.length === 1 ? key.toLocaleUpperCase() : key;
    }
  });
}

/** A shortcut, one cap per key. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <>
      {keyWords(keys).map((word, index) => (
        <Fragment key={index}>
          {index > 0 && ' '}
          <kbd className={styles.kbd}>{word}</kbd>
        </Fragment>
      ))}
    </>
  );
}
