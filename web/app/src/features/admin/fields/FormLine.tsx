import type { Condition, Field, FormField, TicketType } from '@evenkeel/api';
import { Checkbox, IconButton, Select } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { TICKET_TYPES, typeLabel } from '../../../lib/labels';
import { optionPath } from '../../workspace/fields/values';
import { isChoice } from './types';
import styles from './Fields.module.css';

const ALWAYS = 'always';

type FormLineProps = {
  line: FormField;
  fields: readonly Field[];
  others: readonly number[];
  onChange: (line: FormField | null) => void;
  onMove: (by: number) => void;
};

/** A field on a form: whether it is required, for which type, and when it is shown. */
export function FormLine({ line, fields, others, onChange, onMove }: FormLineProps) {
  const { t } = useLingui();
  const field = fields.find((each) => each.id === line.field_id);
  const name = field?.label ?? t`A retired field`;
  const { types = [] } = line;
  const isRequired = Boolean(line.required_on_solve) || Boolean(line.required_on_create);
  const choices = conditions(fields, others, t`Yes`, t`No`);
  const all = line.show_when?.all ?? [];
  const current = JSON.stringify(all[0] ?? null);
  const known = choices.find(({ condition }) => JSON.stringify(condition) === current);
  const isOwn = line.show_when !== null && line.show_when !== undefined && !known;
  return (
    <li className={styles.line}>
      <span className={styles.lineName} dir="auto">
        {name}
      </span>
      <Checkbox
        isSelected={Boolean(line.required_on_create)}
        onChange={(on) => onChange({ ...line, required_on_create: on })}
      >
        <Trans>To begin</Trans>
      </Checkbox>
      <Checkbox
        isSelected={Boolean(line.required_on_solve)}
        onChange={(on) => onChange({ ...line, required_on_solve: on })}
      >
        <Trans>To solve</Trans>
      </Checkbox>
      <IconButton
        size="s"
        label={t`Move ${name} up`}
        icon={<ArrowUp size={14} aria-hidden />}
        onPress={() => onMove(-1)}
      />
      <IconButton
        size="s"
        label={t`Move ${name} down`}
        icon={<ArrowDown size={14} aria-hidden />}
        onPress={() => onMove(1)}
      />
      <IconButton
        size="s"
        label={t`Take ${name} off the form`}
        icon={<X size={14} aria-hidden />}
        onPress={() => onChange(null)}
      />
      {isRequired && (
        <Select
          label={t`Required for`}
          value={types[0] ?? ALWAYS}
          onChange={(id) => {
            const type = TICKET_TYPES.find((each) => each === id);
            onChange({ ...line, types: type ? [type as TicketType] : [] });
          }}
          options={[
            { id: ALWAYS, label: t`Every type` },
            ...TICKET_TYPES.map((id) => ({ id: id as string, label: typeLabel(id) })),
          ]}
        />
      )}
      <Select
        label={t`Shown`}
        value={isOwn ? 'own' : (known?.id ?? ALWAYS)}
        onChange={(id) => {
          if (id === 'own') return;
          const chosen = choices.find((each) => each.id === id);
          const show = chosen ? { all: [chosen.condition], any: [] } : null;
          onChange({ ...line, show_when: show });
        }}
        options={[
          { id: ALWAYS, label: t`Always` },
          ...(isOwn ? [{ id: 'own', label: t`By conditions of its own` }] : []),
          ...choices.map(({ id, label }) => ({ id, label })),
        ]}
      />
    </li>
  );
}

interface Choice {
  id: string;
  label: string;
  condition: Condition;
}

/** What a field can hang on: a type, an option, a tick. */
function conditions(
  fields: readonly Field[],
  others: readonly number[],
  yes: string,
  no: string,
): Choice[] {
  const byType = TICKET_TYPES.map((type) => ({
    id: `type ${type}`,
    label: typeLabel(type),
    condition: { field: 'type', op: 'is', value: type } as Condition,
  }));
  const byField = fields
    .filter((field) => others.includes(field.id))
    .flatMap((field): Choice[] => {
      const name = `field:${field.id}`;
      if (isChoice(field.type)) {
        return field.options.map((option) => ({
          id: `${name} ${option.id}`,
          label: `${field.label}: ${optionPath(field, option.id)}`,
          condition: { field: name, op: 'under', value: option.id } as Condition,
        }));
      }
      if (field.type !== 'checkbox') return [];
      return [true, false].map((value) => ({
        id: `${name} ${String(value)}`,
        label: `${field.label}: ${value ? yes : no}`,
        condition: { field: name, op: 'is', value } as Condition,
      }));
    });
  return [...byType, ...byField];
}
