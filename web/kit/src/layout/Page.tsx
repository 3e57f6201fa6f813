import type { ReactNode } from 'react';
import styles from './Layout.module.css';

export interface PageProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** For tables with many columns. */
  wide?: boolean;
  children: ReactNode;
}

/** A scrolling page with a title; it can be focused so that the keyboard scrolls it. */
export function Page({ title, description, actions, wide, children }: PageProps) {
  return (
    <div className={styles.page} tabIndex={0}>
      <div className={styles.pageInner} data-wide={wide || undefined}>
        <header className={styles.pageHead}>
          <div className={styles.pageWords}>
            <h1 className={styles.pageTitle}>{title}</h1>
            {description && <p className={styles.pageText}>{description}</p>}
          </div>
          {actions && <div className={styles.pageActions}>{actions}</div>}
        </header>
        {children}
      </div>
    </div>
  );
}

export interface FormSectionProps {
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
}

/** A group of fields with its title and explanation beside it. */
export function FormSection({ title, description, children }: FormSectionProps) {
  return (
    <section className={styles.section}>
      <div>
        <h2 className={styles.sectionTitle}>{title}</h2>
        {description && <p className={styles.sectionText}>{description}</p>}
      </div>
      <div className={styles.sectionBody}>{children}</div>
    </section>
  );
}
