import type { ReactNode } from 'react';
import {
  Checkbox as AriaCheckbox,
  type CheckboxProps as AriaCheckboxProps,
} from 'react-aria-components/Checkbox';
import {
  Switch as AriaSwitch,
  type SwitchProps as AriaSwitchProps,
} from 'react-aria-components/Switch';
import { Label, Radio, RadioGroup as AriaRadioGroup } from 'react-aria-components/RadioGroup';
import { Check, Minus } from 'lucide-react';
import { classes } from '../classes';
import styles from './Choice.module.css';

interface Words {
  children: ReactNode;
  /** A quieter second line. */
  detail?: ReactNode;
}

function Wording({ children, detail }: Words) {
  return (
    <span className={styles.words}>
      {children}
      {detail && <span className={styles.detail}>{detail}</span>}
    </span>
  );
}

export type CheckboxProps = Omit<AriaCheckboxProps, 'className' | 'style' | 'children'> & Words;

/** Yes or no as part of a form or a list of things to choose from. */
export function Checkbox({ children, detail, ...rest }: CheckboxProps) {
  return (
    <AriaCheckbox {...rest} className={styles.choice}>
      {({ isSelected, isIndeterminate }) => (
        <>
          <span className={styles.box} aria-hidden>
            {isIndeterminate ? (
              <Minus size={13} />
            ) : isSelected ? (
              <Check size={13} strokeWidth={3} />
            ) : null}
          </span>
          <Wording detail={detail}>{children}</Wording>
        </>
      )}
    </AriaCheckbox>
  );
}

export type SwitchProps = Omit<AriaSwitchProps, 'className' | 'style' | 'children'> & Words;

/** On or off, at once. */
export function Switch({ children, detail, ...rest }: SwitchProps) {
  return (
    <AriaSwitch {...rest} className={styles.choice}>
      <span className={styles.track} aria-hidden>
        <span className={styles.thumb} />
      </span>
      <Wording detail={detail}>{children}</Wording>
    </AriaSwitch>
  );
}

export interface RadioGroupProps<Id extends string> {
  label: string;
  options: readonly { id: Id; label: ReactNode; detail?: ReactNode }[];
  value: Id | null;
  onChange: (value: Id) => void;
  isDisabled?: boolean;
}

/** One of a few choices that deserve to be read before choosing. */
export function RadioGroup<Id extends string>(props: RadioGroupProps<Id>) {
  const choose = (value: string) => {
    const chosen = props.options.find((option) => option.id === value);
    if (chosen) props.onChange(chosen.id);
  };
  return (
    <AriaRadioGroup
      className={styles.group}
      value={props.value}
      onChange={choose}
      isDisabled={props.isDisabled}
    >
      <Label className={styles.groupLabel}>{props.label}</Label>
      {props.options.map((option) => (
        <Radio key={option.id} value={option.id} className={styles.choice}>
          <span className={classes(styles.box, styles.dot)} aria-hidden />
          <Wording detail={option.detail}>{option.label}</Wording>
        </Radio>
      ))}
    </AriaRadioGroup>
  );
}
