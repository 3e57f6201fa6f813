import type { RuleChange } from '@evenkeel/api';
import { Button, IconButton, Select } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Plus, X } from 'lucide-react';
import {
  PRIORITIES,
  priorityLabel,
  STATUSES,
  statusLabel,
  TICKET_TYPES,
  typeLabel,
} from '../../../lib/labels';
import { useAgents, useTags, useTeams } from '../../../store';
import styles from './Rules.module.css';

type Field = RuleChange['field'];
const FIELDS: readonly Field[] = ['status', 'priority', 'type', 'assignee', 'team', 'tag'];
const ANY = 'any';

function fieldLabel(field: Field): string {
  switch (field) {
    case 'status':
      return t`Status`;
    case 'priority':
      return t`Priority`;
    case 'type':
      return t`Type`;
    case 'assignee':
      return t`Assignee`;
    case 'team':
      return t`Team`;
    case 'tag':
      return t`Tag`;
  }
}

interface ChangesProps {
  value: readonly RuleChange[];
  onChange: (changes: RuleChange[]) => void;
}

/** What must have changed, from what and to what. */
export function Changes({ value, onChange }: ChangesProps) {
  const put = (index: number, changed: RuleChange) =>
    onChange(value.map((it, at) => (at === index ? changed : it)));
  return (
    <div className={styles.steps}>
      {value.map((change, index) => (
        <div className={styles.change} key={index}>
          <Select
            label={t`What changed`}
            hideLabel
            options={FIELDS.map((id) => ({ id, label: fieldLabel(id) }))}
            value={change.field}
            onChange={(field) => put(index, { field })}
          />
          <Side change={change} side="from" label={t`from`} onChange={(it) => put(index, it)} />
          <Side change={change} side="to" label={t`to`} onChange={(it) => put(index, it)} />
          <IconButton
            label={t`Remove this change`}
            icon={<X size={16} aria-hidden />}
            onPress={() => onChange(value.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div>
        <Button
          size="s"
          variant="quiet"
          icon={<Plus size={15} aria-hidden />}
          onPress={() => onChange([...value, { field: 'status' }])}
        >
          {t`Ask for a change`}
        </Button>
      </div>
    </div>
  );
}

function Side({
  change,
  side,
  label,
  onChange,
}: {
  change: RuleChange;
  side: 'from' | 'to';
  label: string;
  onChange: (change: RuleChange) => void;
}) {
  const choices = useChoices(change.field);
  const value = change[side];
  const set = (id: string) => {
    const rest: RuleChange = { ...change };
    delete rest[side];
    onChange(id === ANY ? rest : { ...rest, [side]: /^\d+$/.test(id) ? Number(id) : id });
  };
  return (
    <Select
      label={label}
      options={[{ id: ANY, label: t`anything` }, ...choices]}
      value={value === undefined || value === null ? ANY : String(value)}
      onChange={set}
    />
  );
}

function useChoices(field: Field): { id: string; label: string }[] {
  const agents = useAgents();
  const teams = useTeams();
  const tags = useTags();
  const named = (list: readonly { id: number; name: string }[]) =>
    list.map(({ id, name }) => ({ id: String(id), label: name }));
  switch (field) {
    case 'status':
      return STATUSES.map((id) => ({ id, label: statusLabel(id) }));
    case 'priority':
      return PRIORITIES.map((id) => ({ id, label: priorityLabel(id) }));
    case 'type':
      return [
        { id: 'none', label: t`none` },
        ...TICKET_TYPES.map((id) => ({ id, label: typeLabel(id) })),
      ];
    case 'assignee':
      return [{ id: 'none', label: t`Nobody` }, ...named(agents)];
    case 'team':
      return [{ id: 'none', label: t`No team` }, ...named(teams)];
    case 'tag':
      return named(tags);
  }
}
