import { useId, type ReactNode } from 'react';
import styles from './Form.module.css';

/** Several checkboxes or switches under one name. */
export function Choices({
  label,
  errorMessage,
  children,
}: {
  label: string;
  errorMessage?: string | undefined;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} className={styles.choices}>
      <span id={id} className={styles.label}>
        {label}
      </span>
      {children}
      {errorMessage && (
        <span className={styles.error} role="alert">
          {errorMessage}
        </span>
      )}
    </div>
  );
}
