import { TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import styles from './PasswordField.module.css';

/** Characters a new password needs; the server decides, this says it before it is asked. */
export const PASSWORD_CHARACTERS_MIN = 12;

type PasswordFieldProps = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** A new password of ours shows its rule; one of another service isn't for the browser to keep. */
  purpose?: 'current' | 'new' | 'other';
  description?: string | undefined;
  errorMessage?: string | undefined;
  autoFocus?: boolean;
};

const AUTOCOMPLETE = { current: 'current-password', new: 'new-password', other: 'off' };

/** A password that can be looked at while it is typed. */
export function PasswordField({ purpose = 'current', description, ...field }: PasswordFieldProps) {
  const { t } = useLingui();
  const [isShown, setShown] = useState(false);
  return (
    <div className={styles.password}>
      <TextField
        {...field}
        type={isShown ? 'text' : 'password'}
        autoComplete={AUTOCOMPLETE[purpose]}
        description={
          purpose === 'new' && !field.errorMessage ? (
            <PasswordRule length={[...field.value].length} />
          ) : (
            description
          )
        }
        isRequired={purpose !== 'other'}
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
    return <Trans>Long enough. Only well-known words, names and rows of keys won’t do.</Trans>;
  }
  return (
    <Trans>
      At least {PASSWORD_CHARACTERS_MIN} characters. A few unrelated words are easy to remember and
      hard to guess.
    </Trans>
  );
}
