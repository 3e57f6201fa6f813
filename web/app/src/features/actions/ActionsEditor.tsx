import type { Action } from '@evenkeel/api';
import { Button, IconButton, Menu, Picker, Select, TextField } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import {
  PRIORITIES,
  priorityLabel,
  SETTABLE_STATUSES,
  statusLabel,
  TICKET_TYPES,
  typeLabel,
} from '../../lib/labels';
import { useAgents, useTags, useTeams } from '../../store';
import styles from './Actions.module.css';
import { ACTION_KINDS, actionLabel, begin, type ActionKind } from './vocabulary';

interface ActionsEditorProps {
  value: readonly Action[];
  onChange: (actions: Action[]) => void;
  /** Without some kinds that make no sense here. */
  without?: readonly ActionKind[];
}

/** What is done to the ticket, one line for each thing, in order. */
export function ActionsEditor({ value, onChange, without = [] }: ActionsEditorProps) {
  const kinds = ACTION_KINDS.filter((kind) => !without.includes(kind));
  return (
    <div className={styles.list}>
      {value.map((action, index) => (
        <div
          className={styles.row}
          // An action has no name of its own; its place stays the same while it is edited.
          key={index}
        >
          <span className={styles.what}>{actionLabel(action.action)}</span>
          <Choice
            action={action}
            onChange={(changed) => onChange(value.map((it, at) => (at === index ? changed : it)))}
          />
          <IconButton
            label={t`Remove this action`}
            icon={<X size={16} aria-hidden />}
            onPress={() => onChange(value.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div>
        <Menu
          label={t`Add an action`}
          trigger={
            <Button size="s" variant="quiet" icon={<Plus size={15} aria-hidden />}>
              {t`Add an action`}
            </Button>
          }
          entries={kinds.map((kind) => ({
            id: kind,
            label: actionLabel(kind),
            onAction: () => onChange([...value, begin(kind)]),
          }))}
        />
      </div>
    </div>
  );
}

interface ChoiceProps {
  action: Action;
  onChange: (action: Action) => void;
}

const NONE = 'none';

function Choice({ action, onChange }: ChoiceProps) {
  const agents = useAgents();
  const teams = useTeams();
  const people = agents.map(({ id, name }) => ({ id: String(id), label: name }));
  switch (action.action) {
    case 'set_status':
      return (
        <Select
          label={t`Status`}
          hideLabel
          options={SETTABLE_STATUSES.map((id) => ({ id, label: statusLabel(id) }))}
          value={action.status}
          onChange={(status) => onChange({ ...action, status })}
        />
      );
    case 'set_priority':
      return (
        <Select
          label={t`Priority`}
          hideLabel
          options={PRIORITIES.map((id) => ({ id, label: priorityLabel(id) }))}
          value={action.priority}
          onChange={(priority) => onChange({ ...action, priority })}
        />
      );
    case 'set_type':
      return (
        <Select
          label={t`Type`}
          hideLabel
          options={TICKET_TYPES.map((id) => ({ id, label: typeLabel(id) }))}
          value={action.type ?? null}
          onChange={(type) => onChange({ ...action, type })}
        />
      );
    case 'assign':
      return (
        <Select
          label={t`Assign to`}
          hideLabel
          options={[
            { id: 'me', label: t`Whoever acts` },
            { id: 'nobody', label: t`Nobody` },
            ...people,
          ]}
          value={typeof action.to === 'string' ? action.to : String(action.to.agent)}
          onChange={(id) =>
            onChange({
              ...action,
              to: id === 'me' || id === 'nobody' ? id : { agent: Number(id) },
            })
          }
        />
      );
    case 'set_team':
      return (
        <Select
          label={t`Team`}
          hideLabel
          options={[
            { id: NONE, label: t`No team` },
            ...teams.map(({ id, name }) => ({ id: String(id), label: name })),
          ]}
          value={action.team_id === null ? NONE : String(action.team_id)}
          onChange={(id) => onChange({ ...action, team_id: id === NONE ? null : Number(id) })}
        />
      );
    case 'add_tags':
    case 'remove_tags':
      return (
        <TagChoice
          value={action.tag_ids}
          onChange={(tag_ids) => onChange({ ...action, tag_ids })}
        />
      );
    case 'snooze':
      return (
        <TextField
          label={t`Hours`}
          hideLabel
          type="number"
          inputMode="numeric"
          description={t`hours`}
          value={String(Math.round(action.minutes / 60))}
          onChange={(hours) => onChange({ ...action, minutes: Number(hours) * 60 })}
        />
      );
    case 'add_watcher':
      return (
        <Select
          label={t`Colleague`}
          hideLabel
          placeholder={t`Choose`}
          options={people}
          value={action.agent_id > 0 ? String(action.agent_id) : null}
          onChange={(id) => onChange({ ...action, agent_id: Number(id) })}
        />
      );
    case 'set_place':
      return (
        <Select
          label={t`Place`}
          hideLabel
          options={[
            { id: 'desk', label: t`Desk` },
            { id: 'bulk', label: t`Bulk mail` },
            { id: 'spam', label: t`Spam` },
            { id: 'trash', label: t`Trash` },
          ]}
          value={action.place}
          onChange={(place) => onChange({ ...action, place })}
        />
      );
  }
}

function TagChoice({
  value,
  onChange,
}: {
  value: readonly number[];
  onChange: (ids: number[]) => void;
}) {
  const tags = useTags();
  const [isOpen, setOpen] = useState(false);
  const names = tags.filter(({ id }) => value.includes(id)).map(({ name }) => name);
  return (
    <Picker
      multiple
      label={t`Tags`}
      emptyText={t`Nothing of that name.`}
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={<Button>{names.length > 0 ? names.join(', ') : t`Choose`}</Button>}
      selected={value.map(String)}
      onChange={(ids) => onChange(ids.map(Number))}
      options={tags.map(({ id, name }) => ({ id: String(id), label: name }))}
    />
  );
}
