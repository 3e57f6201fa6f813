import type { CheckStep, MailSecurity } from '@evenkeel/api';
import { useLingui } from '@lingui/react/macro';
import type { ProviderId } from './providers';

type StepWords = Record<CheckStep['step'], string>;

/** What each step of the check does, by protocol. */
export function useStepWords(): Record<CheckStep['protocol'], StepWords> {
  const { t } = useLingui();
  const shared = {
    resolve: t`Find the server`,
    connect: t`Reach it`,
    tls: t`Agree on encryption`,
    sign_in: t`Sign in`,
  };
  const folder = t`Open the folder`;
  const send = t`Be allowed to send`;
  return { imap: { ...shared, folder, send }, smtp: { ...shared, folder, send } };
}

export function useSecurityWords(): Record<MailSecurity, string> {
  const { t } = useLingui();
  return {
    tls: t`From the start (TLS)`,
    starttls: t`After a greeting (STARTTLS)`,
    none: t`None`,
  };
}

/** What to know about a mail host before signing in there. */
export function useProviderHint(): (id: ProviderId) => string | null {
  const { t } = useLingui();
  return (id) => {
    switch (id) {
      case 'gmail':
        return t`Google wants an app password here, not your usual one: Google Account → Security → 2-Step Verification → App passwords.`;
      case 'microsoft':
        return t`Microsoft has switched off sign-in by password for most accounts. This works only where your organisation still allows it for IMAP and SMTP.`;
      case 'fastmail':
        return t`Fastmail wants an app password here: Settings → Privacy & Security → App passwords.`;
      case 'icloud':
        return t`Apple wants an app-specific password here: account.apple.com → Sign-In and Security.`;
      case 'other':
        return null;
    }
  };
}
