import type { PracticeMessage } from '@evenkeel/api';
import { EmptyState, IconButton } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Inbox, RefreshCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Disclosure, DisclosurePanel, Button, Heading } from 'react-aria-components/Disclosure';
import { useFormat, useNow } from '../../i18n';
import { onLiveRecord } from '../../store';
import { api } from '../auth/client';
import { LoadedPages } from '../forms/LoadedPages';
import { usePages } from '../forms/usePages';
import styles from './Practice.module.css';

/** The mail customers of the demo have received from us. */
export function OutgoingMail() {
  const { t } = useLingui();
  const sent = usePages(['practice', 'messages'], api.practice.messages);
  const { refetch } = sent;
  useEffect(() => onLiveRecord(() => void refetch()), [refetch]);
  return (
    <section aria-labelledby="practice-sent">
      <header className={styles.head}>
        <h2 id="practice-sent" className={styles.title}>
          <Trans>What customers received</Trans>
        </h2>
        <IconButton
          size="s"
          label={t`Look again`}
          icon={<RefreshCw size={15} aria-hidden />}
          onPress={() => void refetch()}
        />
      </header>
      <LoadedPages
        query={sent}
        empty={
          <EmptyState icon={<Inbox size={22} />} title={t`No mail yet`}>
            <Trans>Answer a ticket; about fifteen seconds later its mail arrives here.</Trans>
          </EmptyState>
        }
      >
        {(items) => (
          <ul>
            {items.map((message) => (
              <Received key={message.id} message={message} />
            ))}
          </ul>
        )}
      </LoadedPages>
    </section>
  );
}

function Received({ message }: { message: PracticeMessage }) {
  const format = useFormat();
  const now = useNow();
  const [isOpen, setOpen] = useState(false);
  return (
    <li className={styles.mail}>
      <Disclosure isExpanded={isOpen} onExpandedChange={setOpen}>
        <Heading level={3} className={styles.mailHead}>
          <Button slot="trigger" className={styles.mailButton}>
            <span className={styles.mailSubject}>
              <bdi>{message.subject}</bdi>
            </span>
            <time className={styles.detail} title={format.exact(message.at)}>
              {format.age(message.at, now)}
            </time>
            <span className={styles.detail}>
              <Trans>
                To <bdi>{message.to.join(', ')}</bdi>
              </Trans>
            </span>
          </Button>
        </Heading>
        <DisclosurePanel>
          <p className={styles.detail}>
            <Trans>
              From <bdi>{message.from}</bdi>
            </Trans>
          </p>
          {isOpen && <Body message={message} />}
        </DisclosurePanel>
      </Disclosure>
    </li>
  );
}

/** Shown as a mail program would, in a frame without scripts, network or our origin. */
function Body({ message }: { message: PracticeMessage }) {
  if (!message.html) {
    return (
      <p className={styles.text} dir="auto">
        {message.text}
      </p>
    );
  }
  return (
    <iframe
      className={styles.frame}
      title={message.subject}
      sandbox=""
      srcDoc={`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">${message.html}`}
    />
  );
}
