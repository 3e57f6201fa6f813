import type { ReactNode, Ref } from 'react';
import {
  FieldError,
  Input,
  Label,
  Text,
  TextField as AriaTextField,
  TextArea as AriaTextArea,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components/TextField';
import { classes } from '../classes';
import styles from './Field.module.css';

export interface TextFieldProps extends Omit<
  AriaTextFieldProps,
  'className' | 'style' | 'children'
> {
  label: string;
  /** Keep the label for assistive technology only. */
  hideLabel?: boolean;
  /** A line under the field that helps to fill it in. */
  description?: ReactNode;
  /** What is wrong and how to mend it; shown with `isInvalid`, which it implies. */
  errorMessage?: ReactNode;
  placeholder?: string;
  inputRef?: Ref<HTMLInputElement>;
  className?: string;
}

/** One line of text. */
export function TextField({
  label,
  hideLabel,
  description,
  errorMessage,
  placeholder,
  inputRef,
  className,
  ...rest
}: TextFieldProps) {
  return (
    <AriaTextField
      {...rest}
      isInvalid={rest.isInvalid ?? Boolean(errorMessage)}
      className={classes(styles.field, className)}
    >
      <Label className={hideLabel ? styles.hidden : styles.label}>{label}</Label>
      <Input className={styles.input} placeholder={placeholder} ref={inputRef} dir="auto" />
      <Hints description={description} errorMessage={errorMessage} />
    </AriaTextField>
  );
}

export interface TextAreaProps extends Omit<TextFieldProps, 'inputRef'> {
  rows?: number;
  inputRef?: Ref<HTMLTextAreaElement>;
}

/** Several lines of plain text. */
export function TextArea({
  label,
  hideLabel,
  description,
  errorMessage,
  placeholder,
  rows = 4,
  inputRef,
  className,
  ...rest
}: TextAreaProps) {
  return (
    <AriaTextField
      {...rest}
      isInvalid={rest.isInvalid ?? Boolean(errorMessage)}
      className={classes(styles.field, className)}
    >
      <Label className={hideLabel ? styles.hidden : styles.label}>{label}</Label>
      <AriaTextArea
        className={styles.input}
        placeholder={placeholder}
        rows={rows}
        ref={inputRef}
        dir="auto"
      />
      <Hints description={description} errorMessage={errorMessage} />
    </AriaTextField>
  );
}

/** The lines under a field. */
export function Hints({
  description,
  errorMessage,
}: {
  description?: ReactNode;
  errorMessage?: ReactNode;
}) {
  return (
    <>
      {description && (
        <Text slot="description" className={styles.description}>
          {description}
        </Text>
      )}
      <FieldError className={styles.error}>{errorMessage}</FieldError>
    </>
  );
}
