import { classes } from '../classes';
import styles from './Status.module.css';

const WIDTHS = ['92%', '78%', '85%', '64%'];

/** Quiet bars in the place of text that is still loading. Name the wait with `label`. */
export function Skeleton({
  lines = 3,
  label,
  className,
}: {
  lines?: number;
  label?: string;
  className?: string;
}) {
  return (
    <div
      className={classes(styles.skeleton, className)}
      role={label ? 'status' : undefined}
      aria-label={label}
    >
      {Array.from({ length: lines }, (_, line) => (
        <span
          key={line}
          className={styles.bone}
          style={{ inlineSize: WIDTHS[line % WIDTHS.length] }}
        />
      ))}
    </div>
  );
}
