import type { ReactElement, ReactNode } from 'react';
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components/Menu';
import { Check } from 'lucide-react';
import { Kbd } from '../status/Kbd';
import styles from './Overlay.module.css';

export interface MenuEntry {
  id: string;
  label: string;
  icon?: ReactNode;
  detail?: string;
  keys?: string;
  /** Shows a check mark. */
  isSelected?: boolean;
  isDisabled?: boolean;
  isDanger?: boolean;
  /** Draws a line above the entry. */
  startsGroup?: boolean;
  onAction: () => void;
}

export interface MenuProps {
  /** The kit Button or IconButton that opens the menu. */
  trigger: ReactElement;
  /** The accessible name of the menu. */
  label: string;
  entries: readonly MenuEntry[];
  placement?: 'bottom start' | 'bottom end' | 'top start' | 'top end';
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
}

/** A list of things to do, opened by a button. */
export function Menu({ trigger, label, entries, placement = 'bottom start', ...open }: MenuProps) {
  return (
    <MenuTrigger {...open}>
      {trigger}
      <Popover className={styles.popover} placement={placement} offset={4}>
        <AriaMenu className={styles.menu} aria-label={label}>
          {entries.flatMap((entry) => [
            entry.startsGroup && (
              <Separator key={`${entry.id}-line`} className={styles.separator} />
            ),
            <AriaMenuItem
              key={entry.id}
              id={entry.id}
              textValue={entry.label}
              isDisabled={entry.isDisabled}
              onAction={entry.onAction}
              className={styles.item}
              data-danger={entry.isDanger || undefined}
            >
              {entry.icon}
              <span className={styles.itemText}>
                {entry.label}
                {entry.detail && <span className={styles.itemDetail}>{entry.detail}</span>}
              </span>
              {entry.isSelected && <Check size={16} className={styles.itemCheck} aria-hidden />}
              {entry.keys && <Kbd keys={entry.keys} />}
            </AriaMenuItem>,
          ])}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
