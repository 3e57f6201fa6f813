import type { Condition } from '@evenkeel/api';
import { Button, Picker, Select, TextField } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { useAgents, useStore, useTags, useTeams } from '../../store';
import styles from './Conditions.module.css';
import type { FieldWords, Word } from './vocabulary';

interface ValueFieldProps {
  field: FieldWords;
  condition: Condition;
  onChange: (condition: Condition) => void;
}

/** What a field is compared with, in the way that fits both. */
export function ValueField({ field, condition, onChange }: ValueFieldProps) {
  const choices = useChoices(field);
  const { op, value } = condition;
  const set = (next: Condition['value']) => onChange({ ...condition, value: next });
  if (op === 'set' || op === 'not_set') return <span />;
  if (op === 'older_than' || op === 'newer_than') {
    return <Span minutes={typeof value === 'number' ? value : 0} onChange={set} />;
  }
  if (op === 'one_of' || op === 'none_of') {
    return (
      <Many choices={choices ?? []} value={Array.isArray(value) ? value : []} onChange={set} />
    );
  }
  if (choices) {
    return (
      <Select
        label={t`Value`}
        hideLabel
        options={choices}
        value={value === undefined || value === null ? null : String(value)}
        placeholder={t`Choose`}
        onChange={(id) => set(read(field, id))}
      />
    );
  }
  return <Typed field={field} value={value} onChange={set} />;
}

type Change = (value: Condition['value']) => void;

function read(field: FieldWords, id: string): Condition['value'] {
  if (field.kind === 'flag') return id === 'true';
  if (field.kind === 'word' || id === 'me') return id;
  return Number(id);
}

/** The choices of a field that has some. */
function useChoices(field: FieldWords): readonly Word[] | null {
  const agents = useAgents();
  const teams = useTeams();
  const tags = useTags();
  const inboxes = useStore((state) => state.inboxes);
  const named = (list: readonly { id: number; name: string }[]) =>
    list.map(({ id, name }) => ({ id: String(id), label: name }));
  switch (field.kind) {
    case 'word':
      return field.words ?? [];
    case 'flag':
      return [
        { id: 'true', label: t`Yes` },
        { id: 'false', label: t`No` },
      ];
    case 'agent':
      return [{ id: 'me', label: t`Whoever looks` }, ...named(agents)];
    case 'team':
      return named(teams);
    case 'tags':
      return named(tags);
    case 'inbox':
      return inboxes.map(({ id, name, address }) => ({ id: String(id), label: name || address }));
    default:
      return null;
  }
}

function Many({
  choices,
  value,
  onChange,
}: {
  choices: readonly Word[];
  value: readonly unknown[];
  onChange: Change;
}) {
  const [isOpen, setOpen] = useState(false);
  const selected = value.map(String);
  const names = choices.filter(({ id }) => selected.includes(id)).map(({ label }) => label);
  const isNumber = (id: string) => /^\d+$/.test(id);
  return (
    <Picker
      multiple
      label={t`Values`}
      emptyText={t`Nothing of that name.`}
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button className={styles.many}>{names.length > 0 ? names.join(', ') : t`Choose`}</Button>
      }
      selected={selected}
      onChange={(ids) => onChange(ids.map((id) => (isNumber(id) ? Number(id) : id)))}
      options={choices}
    />
  );
}

const UNITS = { minutes: 1, hours: 60, days: 24 * 60 } as const;
type Unit = keyof typeof UNITS;

/** The largest unit that says a span in whole numbers. */
function unitOf(minutes: number): Unit {
  if (minutes > 0 && minutes % UNITS.days === 0) return 'days';
  return minutes > 0 && minutes % UNITS.hours === 0 ? 'hours' : 'minutes';
}

function Span({ minutes, onChange }: { minutes: number; onChange: Change }) {
  const [unit, setUnit] = useState(() => unitOf(minutes));
  const units: { id: Unit; label: string }[] = [
    { id: 'minutes', label: t`minutes` },
    { id: 'hours', label: t`hours` },
    { id: 'days', label: t`days` },
  ];
  const count = Math.round(minutes / UNITS[unit]);
  return (
    <div className={styles.pair}>
      <TextField
        label={t`How long`}
        hideLabel
        type="number"
        inputMode="numeric"
        value={count > 0 ? String(count) : ''}
        onChange={(text) => onChange(Number(text) * UNITS[unit])}
      />
      <Select
        label={t`Unit`}
        hideLabel
        options={units}
        value={unit}
        onChange={(next) => {
          setUnit(next);
          onChange(count * UNITS[next]);
        }}
      />
    </div>
  );
}

function Typed({
  field,
  value,
  onChange,
}: {
  field: FieldWords;
  value: Condition['value'];
  onChange: Change;
}) {
  const isNumber = field.kind !== 'text' && field.kind !== 'time';
  const text = value === undefined || value === null ? '' : String(value);
  const take = (typed: string) => {
    if (typed === '') onChange(undefined);
    else if (field.kind === 'time') onChange(new Date(`${typed}T00:00:00`).toISOString());
    else onChange(isNumber ? Number(typed) : typed);
  };
  return (
    <TextField
      label={t`Value`}
      hideLabel
      type={field.kind === 'time' ? 'date' : isNumber ? 'number' : 'text'}
      value={field.kind === 'time' ? localDay(text) : text}
      onChange={take}
    />
  );
}

/** The day of a moment as a date field wants it, where the person is. */
function localDay(moment: string): string {
  if (moment === '') return '';
  const at = new Date(moment);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
