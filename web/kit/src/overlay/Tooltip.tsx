import type { ReactElement, ReactNode } from 'react';
import { Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components/Tooltip';
import { Kbd } from '../status/Kbd';
import styles from './Overlay.module.css';

export interface TooltipProps {
  text: ReactNode;
  /** A shortcut to show after the text. */
  keys?: string;
  /** A focusable kit element: a button, or anything React Aria made pressable. */
  children: ReactElement;
}

/** A few words on hover and focus. Never the only place where something is said. */
export function Tooltip({ text, keys, children }: TooltipProps) {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      {children}
      <AriaTooltip className={styles.tooltip} offset={6}>
        <span>{text}</span>
        {keys && <Kbd keys={keys} />}
      </AriaTooltip>
    </TooltipTrigger>
  );
}
