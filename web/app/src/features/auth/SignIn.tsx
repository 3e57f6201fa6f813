import type { Setup } from '@evenkeel/api';
import { Banner, Button, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Form } from '../forms/Form';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { AuthPage } from './AuthPage';
import styles from './AuthPage.module.css';
import { api } from './client';
import { PasswordField } from './PasswordField';
import { useSessionControl } from './session';

/** The page for people with an account. */
export function SignIn({ setup }: { setup: Setup }) {
  const { t } = useLingui();
  const workspace = setup.workspace_name;
  return (
    <AuthPage
      title={t`Welcome back`}
      lead={
        workspace ? <Trans>Sign in to {workspace}.</Trans> : <Trans>Sign in to your desk.</Trans>
      }
    >
      {setup.demo && (
        <Banner className={styles.banner} title={t`This is a demo desk`}>
          <Trans>The people and their mail are made up. Nothing leaves this machine.</Trans>
        </Banner>
      )}
      <SignInForm />
    </AuthPage>
  );
}

/** Email and password; a known email stays as it is, for coming back after the session ended. */
export function SignInForm({ email: known }: { email?: string }) {
  const { t } = useLingui();
  const { enter } = useSessionControl();
  const [email, setEmail] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const signIn = useSave(api.session.signIn, { onSaved: enter });
  return (
    <Form label={t`Sign in`} onSubmit={() => signIn.save({ email: email.trim(), password })}>
      <ProblemBanner error={signIn.error} />
      <TextField
        label={t`Email`}
        type="email"
        autoComplete="username"
        value={email}
        onChange={setEmail}
        autoFocus={!known}
        isReadOnly={Boolean(known)}
        isRequired
      />
      <PasswordField
        label={t`Password`}
        value={password}
        onChange={setPassword}
        autoFocus={Boolean(known)}
      />
      <Button
        type="submit"
        variant="primary"
        className={styles.wide}
        isPending={signIn.isSaving}
        isDisabled={email.trim() === '' || password === ''}
      >
        <Trans>Sign in</Trans>
      </Button>
    </Form>
  );
}
