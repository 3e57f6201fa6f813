import type { Field } from '@evenkeel/api';
import { Button, Checkbox, Picker, Select, TextArea, TextField } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { isEmpty, openOptions, optionPath } from './values';
import styles from './Fields.module.css';

const NONE = 'none';

interface FieldControlProps {
  field: Field;
  value: unknown;
  isRequired?: boolean;
  errorMessage?: string | undefined;
  /** Called when a value is done: chosen, or left after typing. */
  onChange: (value: unknown) => void;
}

/** One field to fill in, in the way of its type. */
export function FieldControl(props: FieldControlProps) {
  switch (props.field.type) {
    case 'checkbox':
      return <Tick {...props} />;
    case 'choice':
      return <Choice {...props} />;
    case 'multi_choice':
      return <Choices {...props} />;
    default:
      return <Typed {...props} />;
  }
}

function labelOf({ field, isRequired }: FieldControlProps): string {
  return isRequired ? t`${field.label} (required)` : field.label;
}

function Tick(props: FieldControlProps) {
  return (
    <div>
      <Checkbox
        isSelected={props.value === true}
        onChange={props.onChange}
        detail={props.errorMessage ?? props.field.description}
      >
        {labelOf(props)}
      </Checkbox>
    </div>
  );
}

function Choice(props: FieldControlProps) {
  const { field, value } = props;
  const open = openOptions(field);
  const held = field.options.find((option) => option.id === value);
  const options = held && !open.includes(held) ? [...open, held] : open;
  return (
    <Select
      label={labelOf(props)}
      description={field.description}
      errorMessage={props.errorMessage}
      placeholder={t`Choose`}
      value={held ? String(held.id) : null}
      onChange={(id) => props.onChange(id === NONE ? null : Number(id))}
      options={[
        ...options.map((option) => ({
          id: String(option.id),
          label: optionPath(field, option.id),
        })),
        { id: NONE, label: t`Nothing` },
      ]}
    />
  );
}

function Choices(props: FieldControlProps) {
  const { field, value } = props;
  const [isOpen, setIsOpen] = useState(false);
  const held = Array.isArray(value) ? value.map(Number) : [];
  const open = openOptions(field);
  const kept = field.options.filter((option) => open.includes(option) || held.includes(option.id));
  const label = labelOf(props);
  const words = held.map((id) => optionPath(field, id)).join(', ');
  return (
    <div className={styles.choices}>
      <span className={styles.label}>{label}</span>
      <Picker
        multiple
        label={label}
        emptyText={t`No such option.`}
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        selected={held.map(String)}
        onChange={(ids) => props.onChange(ids.map(Number))}
        options={kept.map((option) => ({
          id: String(option.id),
          label: optionPath(field, option.id),
        }))}
        trigger={
          <Button aria-label={t`${label}: ${words || t`nothing chosen`}`}>
            <span dir="auto">{words || t`Choose`}</span>
            <ChevronDown size={14} aria-hidden />
          </Button>
        }
      />
      {props.errorMessage && (
        <p className={styles.error} role="alert">
          {props.errorMessage}
        </p>
      )}
    </div>
  );
}

/** The words a value is typed in: days and times as the browser's own fields have them. */
function typed({ type }: Field, value: unknown): string {
  if (isEmpty(value)) return '';
  if (type !== 'date_time') return String(value);
  const at = new Date(String(value));
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

function read({ type }: Field, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (type === 'customer') return Number(trimmed) || trimmed;
  if (type === 'decimal' || type === 'number') return trimmed.replace(',', '.');
  return type === 'date_time' ? new Date(trimmed).toISOString() : text;
}

function Typed(props: FieldControlProps) {
  const { field } = props;
  const known = typed(field, props.value);
  const [text, setText] = useState(known);
  const [base, setBase] = useState(known);
  if (base !== known) {
    setBase(known);
    setText(known);
  }
  const done = () => {
    if (text !== known) props.onChange(read(field, text));
  };
  const shared = {
    label: labelOf(props),
    description: field.description,
    errorMessage: props.errorMessage,
    value: text,
    onChange: setText,
    onBlur: done,
  };
  if (field.type === 'long_text') return <TextArea {...shared} rows={3} />;
  return (
    <TextField
      {...shared}
      type={field.type === 'date' ? 'date' : field.type === 'date_time' ? 'datetime-local' : 'text'}
      inputMode={field.type === 'decimal' || field.type === 'number' ? 'decimal' : undefined}
      placeholder={field.type === 'customer' ? t`Number of a customer` : undefined}
      onKeyDown={(event) => {
        if (event.key === 'Enter') done();
      }}
    />
  );
}
