import { RadioGroup } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import type { SignInMethod } from './draft';

type MethodChoiceProps = { value: SignInMethod; onChange: (method: SignInMethod) => void };

/** How we are let into the mailbox: by its provider's consent, or by a password. */
export function MethodChoice({ value, onChange }: MethodChoiceProps) {
  const { t } = useLingui();
  const options: { id: SignInMethod; label: string; detail: string }[] = [
    {
      id: 'password',
      label: t`With a password`,
      detail: t`The mailbox’s own or an app password.`,
    },
    {
      id: 'google',
      label: t`With Google`,
      detail: t`Gmail and Google Workspace, without a password.`,
    },
    {
      id: 'microsoft',
      label: t`With Microsoft`,
      detail: t`Outlook and Microsoft 365, without a password.`,
    },
    {
      id: 'other',
      label: t`With another provider`,
      detail: t`Any that speaks OAuth 2.0, such as your own sign-in server.`,
    },
  ];
  return <RadioGroup label={t`Sign in`} options={options} value={value} onChange={onChange} />;
}
