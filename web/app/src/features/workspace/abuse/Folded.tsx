import type { AbuseMark } from '@evenkeel/api';
import { Button } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { ShieldAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { abuseKindLabel } from '../../../lib/careWords';
import styles from './Abuse.module.css';

/** Keeps an abusive message folded until somebody wants to read it. */
export function Folded({ mark, children }: { mark: AbuseMark; children: ReactNode }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <div className={styles.folded}>
        <ShieldAlert size={16} aria-hidden />
        <span className={styles.foldedWords}>
          {t`Marked as abusive: ${abuseKindLabel(mark.kind)}.`}{' '}
          {mark.note && <bdi>{mark.note}</bdi>}
        </span>
        <Button size="s" variant="quiet" onPress={() => setIsOpen(!isOpen)}>
          {isOpen ? t`Hide the message` : t`Show the message`}
        </Button>
      </div>
      {isOpen && children}
    </>
  );
}
