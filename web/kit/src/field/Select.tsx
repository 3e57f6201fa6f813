import type { ReactNode } from 'react';
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
} from 'react-aria-components/Select';
import { Check, ChevronDown } from 'lucide-react';
import { classes } from '../classes';
import overlay from '../overlay/Overlay.module.css';
import styles from './Field.module.css';
import { Hints } from './TextField';

export interface SelectOption<Id extends string = string> {
  id: Id;
  label: string;
  detail?: string;
  icon?: ReactNode;
}

export interface SelectProps<Id extends string = string> {
  label: string;
  hideLabel?: boolean;
  options: readonly SelectOption<Id>[];
  value: Id | null;
  onChange: (value: Id) => void;
  placeholder?: string;
  description?: ReactNode;
  errorMessage?: ReactNode;
  isDisabled?: boolean;
  className?: string;
}

/** One of a few known choices. */
export function Select<Id extends string>(props: SelectProps<Id>) {
  return (
    <AriaSelect
      className={classes(styles.field, props.className)}
      value={props.value}
      onChange={(key) => {
        const chosen = props.options.find((option) => option.id === key);
        if (chosen) props.onChange(chosen.id);
      }}
      isDisabled={props.isDisabled}
      isInvalid={Boolean(props.errorMessage)}
      placeholder={props.placeholder}
    >
      <Label className={props.hideLabel ? styles.hidden : styles.label}>{props.label}</Label>
      <Button className={classes(styles.input, styles.selectButton)}>
        <SelectValue className={styles.selectValue} />
        <ChevronDown size={15} className={styles.selectMark} aria-hidden />
      </Button>
      <Hints description={props.description} errorMessage={props.errorMessage} />
      <Popover className={overlay.popover} offset={4}>
        <ListBox className={overlay.menu} items={props.options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className={overlay.item}>
              {({ isSelected }) => (
                <>
                  {option.icon}
                  <span className={overlay.itemText}>
                    {option.label}
                    {option.detail && <span className={overlay.itemDetail}>{option.detail}</span>}
                  </span>
                  {isSelected && <Check size={16} className={overlay.itemCheck} aria-hidden />}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
