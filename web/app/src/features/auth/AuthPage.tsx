import { Select } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useEffect, type ReactNode } from 'react';
import { activate, LANGUAGES, useLanguage } from '../../i18n';
import { Logo } from '../../shell/Logo';
import styles from './AuthPage.module.css';

type AuthPageProps = {
  title: string;
  lead?: ReactNode;
  children?: ReactNode;
};

/** The one-column page before anybody is signed in. */
export function AuthPage({ title, lead, children }: AuthPageProps) {
  useEffect(() => {
    document.title = `${title} · Evenkeel`;
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <span className={styles.brand}>
          <Logo size={26} />
          Evenkeel
        </span>
        <LanguageChoice />
      </header>
      <main className={styles.main}>
        <h1 className={styles.title}>{title}</h1>
        {lead && <p className={styles.lead}>{lead}</p>}
        {children}
      </main>
      <Water />
    </div>
  );
}

function LanguageChoice() {
  const { t } = useLingui();
  return (
    <Select
      label={t`Language`}
      hideLabel
      className={styles.language}
      value={useLanguage()}
      onChange={(language) => void activate(language)}
      options={LANGUAGES.map(({ code, name }) => ({ id: code, label: name }))}
    />
  );
}

/** A quiet horizon at the foot of the page. */
function Water() {
  return (
    <svg className={styles.water} viewBox="0 0 1200 120" preserveAspectRatio="none" aria-hidden>
      <path d="M0 46c200-26 400 26 600 0s400-26 600 0v74H0Z" />
      <path d="M0 72c200 22 400-22 600 0s400 22 600 0v48H0Z" />
    </svg>
  );
}
