import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
} from 'react-aria-components/Button';
import { classes } from '../classes';
import { Tooltip } from '../overlay/Tooltip';
import type { ButtonSize, ButtonVariant } from './Button';
import styles from './Button.module.css';

export interface IconButtonProps extends Omit<
  AriaButtonProps,
  'className' | 'style' | 'children' | 'aria-label'
> {
  /** What the button does: its accessible name and its tooltip. */
  label: string;
  icon: ReactNode;
  /** The shortcut shown in the tooltip. */
  keys?: string;
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** Shows the button as switched on, and says so to assistive technology. */
  isSelected?: boolean;
  className?: string;
}

/** A button with only an icon; always named, always with a tooltip. */
export function IconButton({
  label,
  icon,
  keys,
  variant = 'quiet',
  size = 'm',
  isSelected,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label} keys={keys}>
      <AriaButton
        {...rest}
        aria-label={label}
        aria-pressed={isSelected}
        className={classes(
          styles.button,
          styles.square,
          styles[variant],
          size === 's' && styles.small,
          isSelected && styles.selected,
          className,
        )}
      >
        {icon}
      </AriaButton>
    </Tooltip>
  );
}
