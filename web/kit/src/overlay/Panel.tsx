import type { ReactElement, ReactNode } from 'react';
import { Dialog, DialogTrigger } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Popover } from 'react-aria-components/Popover';
import { classes } from '../classes';
import styles from './Overlay.module.css';

export interface PopoverPanelProps {
  trigger: ReactElement;
  label: string;
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
  placement?: 'bottom start' | 'bottom end' | 'top start' | 'top end';
  className?: string;
  children: ReactNode;
}

/** Free content in a popover, opened by a button. */
export function PopoverPanel({
  trigger,
  label,
  placement,
  className,
  children,
  ...open
}: PopoverPanelProps) {
  return (
    <DialogTrigger {...open}>
      {trigger}
      <Popover className={styles.popover} placement={placement ?? 'bottom start'} offset={4}>
        <Dialog
          aria-label={label}
          className={classes(styles.panel, className)}
          style={{ outline: 'none' }}
        >
          {children}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

export interface TopDialogProps {
  label: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  children: ReactNode;
}

/** A bare window near the top of the screen, for the command palette. */
export function TopDialog({ label, isOpen, onOpenChange, children }: TopDialogProps) {
  return (
    <ModalOverlay
      className={styles.overlay}
      data-placement="top"
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      isDismissable
    >
      <Modal className={styles.modal}>
        <Dialog aria-label={label} className={styles.dialog}>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
