import type { ReactNode } from 'react';
import { CloudAlert } from 'lucide-react';
import { Button } from '../button/Button';
import styles from './Status.module.css';

export interface EmptyStateProps {
  icon?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}

/** What a list says when it holds nothing: why, and what to do next. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      {icon && (
        <div className={styles.emptyIcon} aria-hidden>
          {icon}
        </div>
      )}
      <p className={styles.emptyTitle}>{title}</p>
      {children && <div className={styles.emptyText}>{children}</div>}
      {action && <div className={styles.emptyAction}>{action}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  title: ReactNode;
  /** What went wrong and what helps, in plain words. */
  children?: ReactNode;
  /** The words on the button that tries again. */
  retryLabel?: ReactNode;
  onRetry?: () => void;
}

/** What stands in place of something that could not be loaded. */
export function ErrorState({ title, children, retryLabel, onRetry }: ErrorStateProps) {
  return (
    <div className={styles.empty} role="alert">
      <div className={styles.emptyIcon} data-tone="bad" aria-hidden>
        <CloudAlert size={22} />
      </div>
      <p className={styles.emptyTitle}>{title}</p>
      {children && <div className={styles.emptyText}>{children}</div>}
      {onRetry && (
        <div className={styles.emptyAction}>
          <Button onPress={onRetry}>{retryLabel}</Button>
        </div>
      )}
    </div>
  );
}
