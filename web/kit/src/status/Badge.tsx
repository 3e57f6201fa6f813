import type { ReactNode } from 'react';
import { classes } from '../classes';
import styles from './Status.module.css';

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad';

/** A word or two about a thing: a status, a priority, a tag. */
export function Badge({
  tone = 'neutral',
  icon,
  className,
  children,
}: {
  tone?: Tone | 'outline';
  icon?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <span className={classes(styles.badge, className)} data-tone={tone}>
      {icon}
      {children}
    </span>
  );
}
