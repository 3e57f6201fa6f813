import { Button, Spinner } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Dialog, Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { AuthPage } from './AuthPage';
import styles from './AuthPage.module.css';
import expired from './Expired.module.css';
import { SignedIn, useSessionControl } from './session';
import { Setup } from './Setup';
import { SignIn, SignInForm } from './SignIn';

/**
 * Lets in whoever is signed in. Everybody else sees the page they need in place of the app, at the
 * address they came for, and goes on there.
 */
export function SessionGate({ children }: { children: ReactNode }) {
  const { t } = useLingui();
  const { state, refresh } = useSessionControl();
  switch (state.at) {
    case 'loading':
      return (
        <div className={styles.wait}>
          <Spinner size={24} label={t`Opening Evenkeel`} />
        </div>
      );
    case 'unreachable':
      return <Unreachable onRetry={() => void refresh()} />;
    case 'first_run':
      return <Setup />;
    case 'signed_out':
      return <SignIn setup={state.setup} />;
    case 'signed_in':
    case 'expired':
      return (
        <SignedIn me={state.me}>
          {children}
          {state.at === 'expired' && <SignInAgain email={state.me.agent.email} />}
        </SignedIn>
      );
  }
}

function Unreachable({ onRetry }: { onRetry: () => void }) {
  const { t } = useLingui();
  return (
    <AuthPage
      title={t`We can’t reach Evenkeel`}
      lead={
        <Trans>
          The server doesn’t answer. If your own connection is fine, it may just be restarting.
        </Trans>
      }
    >
      <p className={styles.quiet}>
        <Button variant="primary" onPress={onRetry}>
          <Trans>Try again</Trans>
        </Button>
      </p>
    </AuthPage>
  );
}

/** Lies over the screen when the session ended; what was being typed is still beneath it. */
function SignInAgain({ email }: { email: string }) {
  return (
    <ModalOverlay isOpen isKeyboardDismissDisabled className={expired.overlay}>
      <Modal className={expired.modal}>
        <Dialog className={expired.dialog}>
          <Heading slot="title" className={expired.title}>
            <Trans>Please sign in again</Trans>
          </Heading>
          <p className={expired.text}>
            <Trans>Your session has ended. Everything you were working on is still here.</Trans>
          </p>
          <SignInForm email={email} />
          <Button
            variant="quiet"
            size="s"
            className={expired.other}
            onPress={() => location.reload()}
          >
            <Trans>I’m someone else</Trans>
          </Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
