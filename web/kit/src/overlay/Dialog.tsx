import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { X } from 'lucide-react';
import { IconButton } from '../button/IconButton';
import styles from './Overlay.module.css';

export interface DialogProps {
  title: ReactNode;
  /** The name of the button that closes the dialog. */
  closeLabel: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  size?: 's' | 'm' | 'l';
  /** The buttons at the foot, the safest first, the main one last. */
  actions?: ReactNode;
  /** Needs an answer: clicks outside do not close it. */
  isAlert?: boolean;
  children?: ReactNode;
}

/** A window over the screen for one question or one small form. */
export function Dialog(props: DialogProps) {
  return (
    <ModalOverlay
      className={styles.overlay}
      isOpen={props.isOpen}
      onOpenChange={props.onOpenChange}
      isDismissable={!props.isAlert}
    >
      <Modal className={styles.modal} data-size={props.size ?? 'm'}>
        <AriaDialog className={styles.dialog} role={props.isAlert ? 'alertdialog' : 'dialog'}>
          <header className={styles.dialogHead}>
            <Heading slot="title" className={styles.dialogTitle}>
              {props.title}
            </Heading>
            <IconButton
              label={props.closeLabel}
              icon={<X size={18} aria-hidden />}
              onPress={() => props.onOpenChange(false)}
            />
          </header>
          <div className={styles.dialogBody}>{props.children}</div>
          {props.actions && <footer className={styles.dialogActions}>{props.actions}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
