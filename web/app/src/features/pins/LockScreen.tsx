import type { LockedPerson, Setup } from '@evenkeel/api';
import { Avatar, Button, Skeleton, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { AuthPage } from '../auth/AuthPage';
import { api } from '../auth/client';
import { useSessionControl } from '../auth/session';
import { SignIn } from '../auth/SignIn';
import { Form } from '../forms/Form';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import styles from './Pins.module.css';
import { TURNS } from './turns';

const DIGITS_MIN = 6;

/** The page between two people at a shared computer; signing in, where nobody waits to return. */
export function LockScreen({ setup }: { setup: Setup }) {
  const { t } = useLingui();
  const [chosen, setChosen] = useState<LockedPerson | null>(null);
  const [inFull, setInFull] = useState(false);
  const turns = useQuery({
    queryKey: TURNS,
    queryFn: ({ signal }) => api.session.turns(signal),
    refetchOnMount: 'always',
  });
  if (turns.isPending) {
    return (
      <AuthPage title={t`Welcome back`}>
        <Skeleton label={t`Loading`} />
      </AuthPage>
    );
  }
  const people = turns.data?.people ?? [];
  if (inFull || people.length === 0) return <SignIn setup={setup} />;
  if (chosen) {
    return (
      <AuthPage
        title={chosen.name}
        lead={<Trans>Your PIN opens your desk where you left it.</Trans>}
      >
        <PinForm person={chosen} />
        <div className={styles.others}>
          <Button variant="quiet" onPress={() => setChosen(null)}>
            <Trans>Somebody else</Trans>
          </Button>
          <Button variant="quiet" onPress={() => setInFull(true)}>
            <Trans>Sign in with email and password</Trans>
          </Button>
        </div>
      </AuthPage>
    );
  }
  return (
    <AuthPage title={t`Who is next?`} lead={<Trans>Choose your name and enter your PIN.</Trans>}>
      <ul className={styles.people} aria-label={t`People at this computer today`}>
        {people.map((person, index) => (
          <li key={person.agent}>
            <Button
              className={styles.person}
              autoFocus={index === 0}
              icon={<Avatar name={person.name} size={24} />}
              onPress={() => setChosen(person)}
            >
              <bdi>{person.name}</bdi>
            </Button>
          </li>
        ))}
      </ul>
      <div className={styles.others}>
        <Button variant="quiet" onPress={() => setInFull(true)}>
          <Trans>Sign in with email and password</Trans>
        </Button>
      </div>
    </AuthPage>
  );
}

function PinForm({ person }: { person: LockedPerson }) {
  const { t } = useLingui();
  const { enter } = useSessionControl();
  const [pin, setPin] = useState('');
  const unlock = useSave(
    async (tried: string) => {
      setPin('');
      return api.session.unlock({ agent: person.agent, pin: tried });
    },
    { onSaved: enter },
  );
  return (
    <Form label={t`Unlock`} onSubmit={() => unlock.save(pin)}>
      <ProblemBanner error={unlock.error} />
      <TextField
        label={t`PIN`}
        type="password"
        inputMode="numeric"
        autoComplete="off"
        value={pin}
        onChange={setPin}
        autoFocus
        isRequired
      />
      <Button
        type="submit"
        variant="primary"
        className={styles.wide}
        isPending={unlock.isSaving}
        isDisabled={pin.length < DIGITS_MIN}
      >
        <Trans>Unlock</Trans>
      </Button>
    </Form>
  );
}
