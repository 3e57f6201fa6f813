import { Button } from '@evenkeel/kit';
import { Trans } from '@lingui/react/macro';
import { Dialog, Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import styles from './SignInAgain.module.css';
import { SignInForm } from './SignIn';

/** Lies over the screen when the session ended; what was being typed is still beneath it. */
export function SignInAgain({ email }: { email: string }) {
  return (
    <ModalOverlay isOpen isKeyboardDismissDisabled className={styles.overlay}>
      <Modal className={styles.modal}>
        <Dialog className={styles.dialog}>
          <Heading slot="title" className={styles.title}>
            <Trans>Please sign in again</Trans>
          </Heading>
          <p className={styles.text}>
            <Trans>Your session has ended. Everything you were working on is still here.</Trans>
          </p>
          <SignInForm email={email} />
          <Button
            variant="quiet"
            size="s"
            className={styles.other}
            onPress={() => location.reload()}
          >
            <Trans>I’m someone else</Trans>
          </Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
