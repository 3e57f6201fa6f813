import { Skeleton } from '@evenkeel/kit';
import { lazy, Suspense, useId } from 'react';
import styles from './RichText.module.css';

const RichTextEditor = lazy(() => import('./RichTextEditor'));

export type RichTextFieldProps = {
  label: string;
  description?: string;
  /** HTML; empty when nothing is written. */
  value: string;
  onChange: (html: string) => void;
  errorMessage?: string | undefined;
};

/** Text with a little formatting. The editor is a chunk of its own, loaded where it is used. */
export function RichTextField({
  label,
  description,
  value,
  onChange,
  errorMessage,
}: RichTextFieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <span id={`${id}-label`} className={styles.label}>
        {label}
      </span>
      <Suspense fallback={<Skeleton lines={3} />}>
        <RichTextEditor
          value={value}
          onChange={onChange}
          labelledBy={`${id}-label`}
          describedBy={`${id}-hint`}
        />
      </Suspense>
      <span id={`${id}-hint`}>
        {errorMessage ? (
          <span className={styles.error}>{errorMessage}</span>
        ) : (
          description && <span className={styles.description}>{description}</span>
        )}
      </span>
    </div>
  );
}
