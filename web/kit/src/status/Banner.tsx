import type { ReactNode } from 'react';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import { classes } from '../classes';
import styles from './Status.module.css';

const MARKS = { info: Info, good: CircleCheck, warn: TriangleAlert, bad: CircleAlert };

export interface BannerProps {
  tone?: 'info' | 'good' | 'warn' | 'bad';
  title?: ReactNode;
  children?: ReactNode;
  /** A button or link at the end. */
  action?: ReactNode;
  /** Announce it when it appears (`bad` as an alert, others politely). */
  live?: boolean;
  className?: string;
}

/** A message about the whole screen part it stands in. */
export function Banner({ tone = 'info', title, children, action, live, className }: BannerProps) {
  const Mark = MARKS[tone];
  const role = live ? (tone === 'bad' ? 'alert' : 'status') : undefined;
  return (
    <div className={classes(styles.banner, className)} data-tone={tone} role={role}>
      <Mark size={18} className={styles.bannerMark} aria-hidden />
      <div className={styles.bannerText}>
        {title && <div className={styles.bannerTitle}>{title}</div>}
        {children}
      </div>
      {action}
    </div>
  );
}
