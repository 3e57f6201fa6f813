import type { NewPin, PinRemoval } from '@evenkeel/api';
import { Banner, Button, FormSection, Skeleton, Switch, TextField, toast } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../auth/client';
import { PasswordField } from '../auth/PasswordField';
import { Form } from '../forms/Form';
import { LoadProblem, ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import styles from './Pins.module.css';
import { TURNS, useTurns } from './turns';

const PIN = ['me', 'pin'];
const DIGITS_MIN = 6;

/** Taking turns at a computer: whether this one is shared, and one's own PIN. */
export function PinSection() {
  const { t } = useLingui();
  const state = useQuery({ queryKey: PIN, queryFn: ({ signal }) => api.me.pin(signal) });
  return (
    <FormSection
      title={t`Shared computers`}
      description={
        <Trans>
          Where colleagues take turns at one screen, each comes back by PIN for 12 hours after
          signing in there.
        </Trans>
      }
    >
      {state.isPending ? (
        <Skeleton label={t`Loading`} />
      ) : state.isError ? (
        <LoadProblem error={state.error} onRetry={() => void state.refetch()} />
      ) : state.data.opened_by_pin ? (
        <Banner title={t`You came back by PIN`}>
          <Trans>To change this, sign out and sign in with your email and password.</Trans>
        </Banner>
      ) : (
        <>
          <SharedSwitch />
          <PinForm isSet={state.data.is_set} />
        </>
      )}
    </FormSection>
  );
}

function SharedSwitch() {
  const { shared } = useTurns();
  const share = useSave((on: boolean) => api.session.share(on), { refreshes: [TURNS] });
  return (
    <>
      <ProblemBanner error={share.error} />
      <Switch
        isSelected={shared}
        isDisabled={share.isSaving}
        onChange={share.save}
        detail={<Trans>“Switch person” in your menu locks the screen for the next one.</Trans>}
      >
        <Trans>This is a shared computer</Trans>
      </Switch>
    </>
  );
}

function PinForm({ isSet }: { isSet: boolean }) {
  const { t } = useLingui();
  const [pin, setPin] = useState('');
  const [password, setPassword] = useState('');
  const clear = () => {
    setPin('');
    setPassword('');
  };
  const set = useSave((input: NewPin) => api.me.setPin(input), {
    refreshes: [PIN],
    onSaved: () => {
      clear();
      toast({ text: t`Your PIN is set`, tone: 'good' });
    },
  });
  const remove = useSave((input: PinRemoval) => api.me.removePin(input), {
    refreshes: [PIN],
    onSaved: () => {
      clear();
      toast({ text: t`Your PIN is removed`, tone: 'good' });
    },
  });
  return (
    <Form
      label={t`PIN`}
      onSubmit={() => {
        remove.reset();
        set.save({ password, pin });
      }}
    >
      <ProblemBanner error={set.error ?? remove.error} fields={['pin', 'password']} />
      <TextField
        label={isSet ? t`New PIN` : t`PIN`}
        type="password"
        inputMode="numeric"
        autoComplete="off"
        description={t`6 to 12 digits; no dates and no rows such as 123456.`}
        value={pin}
        onChange={setPin}
        errorMessage={set.words('pin')}
      />
      <PasswordField
        label={t`Your password`}
        value={password}
        onChange={setPassword}
        errorMessage={set.words('password') ?? remove.words('password')}
      />
      <div className={styles.buttons}>
        <Button
          type="submit"
          isPending={set.isSaving}
          isDisabled={password === '' || pin.length < DIGITS_MIN}
        >
          {isSet ? <Trans>Change PIN</Trans> : <Trans>Set PIN</Trans>}
        </Button>
        {isSet && (
          <Button
            variant="quiet"
            isPending={remove.isSaving}
            isDisabled={password === ''}
            onPress={() => {
              set.reset();
              remove.save({ password });
            }}
          >
            <Trans>Remove PIN</Trans>
          </Button>
        )}
      </div>
    </Form>
  );
}
