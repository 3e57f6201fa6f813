import { isProblem } from '@evenkeel/api';
import { Button, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useLanguage } from '../../i18n';
import { Form } from '../forms/Form';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { AuthPage } from './AuthPage';
import styles from './AuthPage.module.css';
import { api } from './client';
import { PASSWORD_CHARACTERS_MIN, PasswordField } from './PasswordField';
import { useSessionControl } from './session';

const FIELDS = ['workspace_name', 'name', 'email', 'password'] as const;
type Field = (typeof FIELDS)[number];

/** The first screen of a new installation: it makes its reader the owner. */
export function Setup() {
  const { t } = useLingui();
  const language = useLanguage();
  const { enter, refresh } = useSessionControl();
  const [values, setValues] = useState<Record<Field, string>>({
    workspace_name: '',
    name: '',
    email: '',
    password: '',
  });
  const setUp = useSave(
    (input: Record<Field, string>) => api.setup.create({ ...input, language }),
    { onSaved: enter },
  );
  const field = (name: Field) => ({
    value: values[name],
    onChange: (value: string) => setValues((before) => ({ ...before, [name]: value })),
    errorMessage: setUp.words(name),
  });
  const isComplete =
    FIELDS.every((name) => values[name].trim() !== '') &&
    [...values.password].length >= PASSWORD_CHARACTERS_MIN;
  return (
    <AuthPage
      title={t`Good to have you aboard`}
      lead={
        <Trans>
          Four lines and your desk is open. You become its owner; you can invite your team and
          connect your mail afterwards.
        </Trans>
      }
    >
      <Form label={t`Set up Evenkeel`} onSubmit={() => setUp.save(values)}>
        {isProblem(setUp.error, 'already_set_up') ? (
          <AlreadySetUp onSignIn={() => void refresh()} />
        ) : (
          <ProblemBanner error={setUp.error} fields={[...FIELDS]} />
        )}
        <TextField
          {...field('workspace_name')}
          label={t`Name of your workspace`}
          description={t`Usually your company or shop.`}
          autoComplete="organization"
          autoFocus
          isRequired
        />
        <TextField
          {...field('name')}
          label={t`Your name`}
          description={t`Customers see it under your answers.`}
          autoComplete="name"
          isRequired
        />
        <TextField
          {...field('email')}
          label={t`Your email`}
          type="email"
          autoComplete="username"
          isRequired
        />
        <PasswordField {...field('password')} label={t`Password`} purpose="new" />
        <Button
          type="submit"
          variant="primary"
          className={styles.wide}
          isPending={setUp.isSaving}
          isDisabled={!isComplete}
        >
          <Trans>Open the desk</Trans>
        </Button>
      </Form>
    </AuthPage>
  );
}

function AlreadySetUp({ onSignIn }: { onSignIn: () => void }) {
  return (
    <p role="alert">
      <Trans>This desk has been set up already.</Trans>{' '}
      <Button size="s" onPress={onSignIn}>
        <Trans>Go to sign-in</Trans>
      </Button>
    </p>
  );
}
