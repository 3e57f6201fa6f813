import type { Condition, Conditions, Operator } from '@evenkeel/api';
import { Button, IconButton, Select } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Plus, X } from 'lucide-react';
import styles from './Conditions.module.css';
import { ValueField } from './ValueField';
import { firstValue, operatorLabel, operatorsOf, ownFields, type FieldWords } from './vocabulary';

interface ConditionsEditorProps {
  value: Conditions;
  onChange: (value: Conditions) => void;
  /** Fields of the workspace's own. */
  moreFields?: readonly FieldWords[];
}

/** All of these, and any of those: the one way to say which tickets are meant. */
export function ConditionsEditor({ value, onChange, moreFields = [] }: ConditionsEditorProps) {
  const fields = [...ownFields(), ...moreFields];
  return (
    <>
      <Part
        title={t`All of these must hold`}
        list={value.all ?? []}
        fields={fields}
        onChange={(all) => onChange({ ...value, all })}
      />
      <Part
        title={t`And at least one of these, if there are any`}
        list={value.any ?? []}
        fields={fields}
        onChange={(any) => onChange({ ...value, any })}
      />
    </>
  );
}

interface PartProps {
  title: string;
  list: readonly Condition[];
  fields: readonly FieldWords[];
  onChange: (list: Condition[]) => void;
}

function Part({ title, list, fields, onChange }: PartProps) {
  const add = () => {
    const [field] = fields;
    if (field) onChange([...list, begin(field)]);
  };
  return (
    <fieldset className={styles.part}>
      <legend className={styles.title}>{title}</legend>
      {list.map((condition, index) => (
        <Row
          // A condition has no name of its own; its place is what stays the same while it is edited.
          key={index}
          condition={condition}
          fields={fields}
          onChange={(changed) => onChange(list.map((it, at) => (at === index ? changed : it)))}
          onRemove={() => onChange(list.filter((_, at) => at !== index))}
        />
      ))}
      <div>
        <Button size="s" variant="quiet" icon={<Plus size={15} aria-hidden />} onPress={add}>
          {t`Add a condition`}
        </Button>
      </div>
    </fieldset>
  );
}

function begin(field: FieldWords): Condition {
  const op = operatorsOf(field)[0] ?? 'is';
  return { field: field.id, op, value: firstValue(field, op) };
}

interface RowProps {
  condition: Condition;
  fields: readonly FieldWords[];
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}

function Row({ condition, fields, onChange, onRemove }: RowProps) {
  const field = fields.find((each) => each.id === condition.field);
  const choices = fields.map(({ id, label }) => ({ id, label }));
  const known = field
    ? choices
    : [...choices, { id: condition.field, label: t`A field that is gone` }];
  const chooseField = (id: string) => {
    const next = fields.find((each) => each.id === id);
    if (next) onChange(begin(next));
  };
  const chooseOperator = (op: Operator) => {
    if (field) onChange({ ...condition, op, value: keptValue(condition, field, op) });
  };
  return (
    <div className={styles.row}>
      <Select
        label={t`Field`}
        hideLabel
        options={known}
        value={condition.field}
        onChange={chooseField}
      />
      <Select
        label={t`Comparison`}
        hideLabel
        options={
          field
            ? operatorsOf(field).map((op) => ({ id: op, label: operatorLabel(op, field.kind) }))
            : []
        }
        value={condition.op}
        onChange={chooseOperator}
      />
      {field ? <ValueField field={field} condition={condition} onChange={onChange} /> : <span />}
      <IconButton
        label={t`Remove this condition`}
        icon={<X size={16} aria-hidden />}
        onPress={onRemove}
      />
    </div>
  );
}

const LISTS: readonly Operator[] = ['one_of', 'none_of'];
const SPANS: readonly Operator[] = ['older_than', 'newer_than'];
const NONE: readonly Operator[] = ['set', 'not_set'];
const shape = (op: Operator) => [LISTS, SPANS, NONE].findIndex((kind) => kind.includes(op));

/** What was chosen stays when the new comparison takes the same shape of value. */
function keptValue(condition: Condition, field: FieldWords, op: Operator): Condition['value'] {
  return shape(condition.op) === shape(op) ? condition.value : firstValue(field, op);
}
