import { Avatar, classes } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { TextQuote } from 'lucide-react';
import type { Suggesting } from './extensions';
import styles from './Composer.module.css';

const ROW_PX = 44;

/** What can be chosen while typing @ or /. The text field keeps the focus. */
export function Suggestions({ suggesting }: { suggesting: Suggesting }) {
  const { at, items, active, kind, choose } = suggesting;
  if (!at) return null;
  const height = items.length * ROW_PX + 8;
  const above = at.bottom + height > window.innerHeight;
  const style = {
    insetBlockStart: above ? Math.max(8, at.top - height - 4) : at.bottom + 4,
    left: Math.min(at.left, window.innerWidth - 300),
  };
  return (
    <>
      <div
        role="listbox"
        aria-label={kind === 'agents' ? t`Colleagues` : t`Macros`}
        className={styles.suggestions}
        style={style}
      >
        {items.map((item, index) => (
          <div
            key={item.id}
            role="option"
            aria-selected={index === active}
            className={classes(styles.suggestion, index === active && styles.suggestionOn)}
            onMouseDown={(event) => {
              event.preventDefault();
              choose(index);
            }}
          >
            {kind === 'agents' ? (
              <Avatar name={item.label} size={24} />
            ) : (
              <TextQuote size={16} aria-hidden />
            )}
            <span className={styles.suggestionText} dir="auto">
              {item.label}
              {item.detail && <small>{item.detail}</small>}
            </span>
          </div>
        ))}
      </div>
      <span className={styles.hidden} role="status">
        {items[active]?.label}
      </span>
    </>
  );
}
