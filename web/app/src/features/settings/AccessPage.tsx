import type { PasswordChange, Session } from '@evenkeel/api';
import { Badge, Button, FormSection, Page, Skeleton, toast } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormat, useNow } from '../../i18n';
import { api } from '../auth/client';
import { PASSWORD_CHARACTERS_MIN, PasswordField } from '../auth/PasswordField';
import { Form } from '../forms/Form';
import { LoadProblem, ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { PinSection } from '../pins/PinSection';
import styles from './Settings.module.css';
import { useDeviceWords } from './devices';

const SESSIONS = ['me', 'sessions'];

/** The password, and where one is signed in. */
export function AccessPage() {
  const { t } = useLingui();
  return (
    <Page title={t`Password and sign-ins`}>
      <PasswordSection />
      <PinSection />
      <SessionsSection />
    </Page>
  );
}

function PasswordSection() {
  const { t } = useLingui();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useSave((input: PasswordChange) => api.me.changePassword(input), {
    refreshes: [SESSIONS],
    onSaved: () => {
      setCurrent('');
      setNext('');
      toast({ text: t`Your password is changed. Other devices are signed out.`, tone: 'good' });
    },
  });
  return (
    <FormSection
      title={t`Password`}
      description={<Trans>Changing it signs you out everywhere else.</Trans>}
    >
      <Form onSubmit={() => change.save({ current, new: next })}>
        <ProblemBanner error={change.error} fields={['current', 'new']} />
        <PasswordField
          label={t`Current password`}
          value={current}
          onChange={setCurrent}
          errorMessage={change.words('current')}
        />
        <PasswordField
          label={t`New password`}
          value={next}
          onChange={setNext}
          errorMessage={change.words('new')}
          purpose="new"
        />
        <div>
          <Button
            type="submit"
            isPending={change.isSaving}
            isDisabled={current === '' || [...next].length < PASSWORD_CHARACTERS_MIN}
          >
            <Trans>Change password</Trans>
          </Button>
        </div>
      </Form>
    </FormSection>
  );
}

function SessionsSection() {
  const { t } = useLingui();
  const sessions = useQuery({
    queryKey: SESSIONS,
    queryFn: ({ signal }) => api.me.sessions(signal),
  });
  const revoke = useSave((id: number) => api.me.revokeSession(id), {
    refreshes: [SESSIONS],
    onSaved: () => void toast({ text: t`That device is signed out.`, tone: 'good' }),
  });
  return (
    <FormSection
      title={t`Where you are signed in`}
      description={<Trans>See one you don’t know? Sign it out and change your password.</Trans>}
    >
      <ProblemBanner error={revoke.error} />
      {sessions.isPending ? (
        <Skeleton label={t`Loading`} />
      ) : sessions.isError ? (
        <LoadProblem error={sessions.error} onRetry={() => void sessions.refetch()} />
      ) : (
        <ul className={styles.list}>
          {sessions.data.items.map((session) => (
            <SessionLine
              key={session.id}
              session={session}
              isBusy={revoke.isSaving}
              onRevoke={() => revoke.save(session.id)}
            />
          ))}
        </ul>
      )}
    </FormSection>
  );
}

type SessionLineProps = { session: Session; isBusy: boolean; onRevoke: () => void };

function SessionLine({ session, isBusy, onRevoke }: SessionLineProps) {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  const deviceWords = useDeviceWords();
  const device = deviceWords(session.user_agent);
  return (
    <li className={styles.line}>
      <div className={styles.words}>
        <span className={styles.name}>
          {device} {session.current && <Badge tone="good">{t`This device`}</Badge>}
        </span>
        <span className={styles.detail} title={format.exact(session.last_seen_at)}>
          <Trans>
            Last seen {format.relative(session.last_seen_at, now)} from <bdi>{session.ip}</bdi>
          </Trans>
        </span>
      </div>
      {!session.current && (
        <Button size="s" isDisabled={isBusy} onPress={onRevoke} aria-label={t`Sign out ${device}`}>
          <Trans>Sign out</Trans>
        </Button>
      )}
    </li>
  );
}
