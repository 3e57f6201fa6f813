import { Switch, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { PasswordField } from '../../auth/PasswordField';
import type { InboxDraft } from './draft';

type SignInFieldsProps = {
  draft: InboxDraft;
  onChange: (change: Partial<InboxDraft>) => void;
  /** While editing an empty password means the saved one. */
  isSaved: boolean;
};

/** User name and password at the mail host; most hosts take the same for both ways. */
export function SignInFields({ draft, onChange, isSaved }: SignInFieldsProps) {
  const { t } = useLingui();
  const unchanged = t`Leave it empty to keep the one that is saved.`;
  return (
    <>
      <TextField
        label={t`User name`}
        description={t`Leave it empty if it is the address.`}
        autoComplete="off"
        value={draft.imap.username}
        onChange={(username) => onChange({ imap: { ...draft.imap, username } })}
      />
      <PasswordField
        label={t`Password at the mail host`}
        purpose="other"
        description={isSaved ? unchanged : undefined}
        value={draft.password}
        onChange={(password) => onChange({ password })}
      />
      <Switch isSelected={draft.smtpApart} onChange={(smtpApart) => onChange({ smtpApart })}>
        <Trans>Sending needs another user name or password</Trans>
      </Switch>
      {draft.smtpApart && (
        <>
          <TextField
            label={t`User name for sending`}
            autoComplete="off"
            value={draft.smtp.username}
            onChange={(username) => onChange({ smtp: { ...draft.smtp, username } })}
          />
          <PasswordField
            label={t`Password for sending`}
            purpose="other"
            description={isSaved ? unchanged : undefined}
            value={draft.smtpPassword}
            onChange={(smtpPassword) => onChange({ smtpPassword })}
          />
        </>
      )}
    </>
  );
}
