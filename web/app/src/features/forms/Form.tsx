import type { ReactNode } from 'react';
import { Form as AriaForm } from 'react-aria-components/Form';
import styles from './Form.module.css';

/** A column of fields sent by Enter or its button; the browser's own bubbles stay silent. */
export function Form({
  onSubmit,
  label,
  id,
  children,
}: {
  onSubmit: () => void;
  label?: string;
  /** Lets a button outside the form (the foot of a dialog) send it. */
  id?: string;
  children: ReactNode;
}) {
  return (
    <AriaForm
      id={id}
      className={styles.form}
      aria-label={label}
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </AriaForm>
  );
}

/** Fields or buttons beside each other; they wrap when there is no room. */
export function Row({ children }: { children: ReactNode }) {
  return <div className={styles.row}>{children}</div>;
}
