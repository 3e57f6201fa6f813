import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
} from 'react-aria-components/Button';
import { classes } from '../classes';
import { Spinner } from '../status/Spinner';
import styles from './Button.module.css';

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger' | 'note';
export type ButtonSize = 'm' | 's';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** An icon before the words. */
  icon?: ReactNode;
  className?: string;
  children?: ReactNode;
}

/** A button with words on it. One `primary` per screen part; `note` is for internal notes only. */
export function Button({
  variant = 'secondary',
  size = 'm',
  icon,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      className={classes(
        styles.button,
        styles[variant],
        size === 's' && styles.small,
        rest.isPending && styles.pending,
        className,
      )}
    >
      {icon}
      {children}
      {rest.isPending && (
        <span className={styles.pendingMark}>
          <Spinner />
        </span>
      )}
    </AriaButton>
  );
}
