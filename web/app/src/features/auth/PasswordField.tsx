import { TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import styles from './PasswordField.module.css';

/** Characters a new password needs; the server decides, this says it before it is asked. */
export const PASSWORD_CHARACTERS_MIN = 10;

type PasswordFieldProps = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** A new password shows the rule; an existing one doesn't. */
  isNew?: boolean;
  errorMessage?: string | undefined;
  autoFocus?: boolean;
};

/** A password that can be looked at while it is typed. */
export function PasswordField({ isNew = false, ...field }: PasswordFieldProps) {
  const { t } = useLingui();
  const [isShown, setShown] = useState(false);
  return (
    <div className={styles.password}>
      <TextField
        {...field}
        type={isShown ? 'text' : 'password'}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        description={isNew ? <PasswordRule length={[...field.value].length} /> : undefined}
        isRequired
      />
      <ToggleButton
        className={styles.show}
        isSelected={isShown}
        onChange={setShown}
        aria-label={t`Show password`}
      >
        {isShown ? <Trans>Hide</Trans> : <Trans>Show</Trans>}
      </ToggleButton>
    </div>
  );
}

function PasswordRule({ length }: { length: number }) {
  if (length >= PASSWORD_CHARACTERS_MIN) {
    return <Trans>Long enough. Anything not on the lists of leaked passwords will do.</Trans>;
  }
  return (
    <Trans>
      At least {PASSWORD_CHARACTERS_MIN} characters, and not one from the lists of leaked passwords.
      A short sentence works well.
    </Trans>
  );
}
