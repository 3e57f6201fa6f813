import type { RuleAction } from '@evenkeel/api';
import { Button, IconButton, Menu, Picker, Select, TextArea } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useAgents, useTeams } from '../../../store';
import { api } from '../../auth/client';
import { Variables } from '../macros/Variables';
import { KEYS, useMacroList } from '../queries';
import styles from './Rules.module.css';
import { OWN_KINDS, ownLabel, type OwnKind } from './words';

function begin(kind: OwnKind): RuleAction {
  switch (kind) {
    case 'add_note':
    case 'reply':
      return { action: kind, text: '' };
    case 'suggest_reply':
      return { action: kind, macro_id: 0 };
    case 'notify':
      return { action: kind, agent_ids: [], team_ids: [] };
    case 'call_webhook':
      return { action: kind, webhook_id: 0 };
  }
}

/** Whether such an action says all it must. */
export function isOwnWhole(action: RuleAction): boolean {
  switch (action.action) {
    case 'add_note':
    case 'reply':
      return action.text.trim() !== '';
    case 'suggest_reply':
      return action.macro_id > 0;
    case 'notify':
      return (action.agent_ids?.length ?? 0) + (action.team_ids?.length ?? 0) > 0;
    case 'call_webhook':
      return action.webhook_id > 0;
  }
}

interface OwnStepsProps {
  value: readonly RuleAction[];
  onChange: (actions: RuleAction[]) => void;
}

/** What only rules do, one block for each. */
export function OwnSteps({ value, onChange }: OwnStepsProps) {
  return (
    <div className={styles.steps}>
      {value.map((action, index) => (
        // An action has no name of its own; its place stays the same while it is edited.
        <div className={styles.step} key={index}>
          <div className={styles.stepHead}>
            <span>{ownLabel(action.action)}</span>
            <IconButton
              label={t`Remove this action`}
              icon={<X size={16} aria-hidden />}
              onPress={() => onChange(value.filter((_, at) => at !== index))}
            />
          </div>
          <Fields
            action={action}
            onChange={(changed) => onChange(value.map((it, at) => (at === index ? changed : it)))}
          />
        </div>
      ))}
      <div>
        <Menu
          label={t`Add a message or call`}
          trigger={
            <Button size="s" variant="quiet" icon={<Plus size={15} aria-hidden />}>
              {t`Add a message or call`}
            </Button>
          }
          entries={OWN_KINDS.map((kind) => ({
            id: kind,
            label: ownLabel(kind),
            onAction: () => onChange([...value, begin(kind)]),
          }))}
        />
      </div>
    </div>
  );
}

function Fields({
  action,
  onChange,
}: {
  action: RuleAction;
  onChange: (action: RuleAction) => void;
}) {
  switch (action.action) {
    case 'add_note':
    case 'reply':
      return (
        <>
          <TextArea
            label={t`Text`}
            hideLabel
            value={action.text}
            onChange={(text) => onChange({ ...action, text })}
            description={
              action.action === 'reply'
                ? t`Marked as automatic; at most once a day on a ticket, and never to an address that is paused or doubted.`
                : undefined
            }
          />
          <Variables />
        </>
      );
    case 'suggest_reply':
      return (
        <MacroChoice
          id={action.macro_id}
          onChange={(id) => onChange({ ...action, macro_id: id })}
        />
      );
    case 'notify':
      return (
        <PeopleChoice
          agents={action.agent_ids ?? []}
          teams={action.team_ids ?? []}
          onChange={(agent_ids, team_ids) => onChange({ ...action, agent_ids, team_ids })}
        />
      );
    case 'call_webhook':
      return (
        <WebhookChoice
          id={action.webhook_id}
          onChange={(id) => onChange({ ...action, webhook_id: id })}
        />
      );
  }
}

function MacroChoice({ id, onChange }: { id: number; onChange: (id: number) => void }) {
  const macros = useMacroList();
  const shared = (macros.data?.items ?? []).filter(({ scope }) => scope === 'shared');
  return (
    <Select
      label={t`Macro`}
      description={t`Its text waits as a draft for whoever has the ticket.`}
      placeholder={t`Choose`}
      options={shared.map((macro) => ({ id: String(macro.id), label: macro.name }))}
      value={id > 0 ? String(id) : null}
      onChange={(chosen) => onChange(Number(chosen))}
    />
  );
}

function WebhookChoice({ id, onChange }: { id: number; onChange: (id: number) => void }) {
  const hooks = useQuery({
    queryKey: KEYS.hooks,
    queryFn: ({ signal }) => api.webhooks.list(signal),
  });
  return (
    <Select
      label={t`Webhook`}
      placeholder={t`Choose`}
      options={(hooks.data?.items ?? []).map((hook) => ({ id: String(hook.id), label: hook.name }))}
      value={id > 0 ? String(id) : null}
      onChange={(chosen) => onChange(Number(chosen))}
    />
  );
}

function PeopleChoice({
  agents,
  teams,
  onChange,
}: {
  agents: readonly number[];
  teams: readonly number[];
  onChange: (agents: number[], teams: number[]) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const options = [
    ...useTeams().map(({ id, name }) => ({ id: `team:${id}`, label: name })),
    ...useAgents().map(({ id, name }) => ({ id: `agent:${id}`, label: name })),
  ];
  const selected = [...teams.map((id) => `team:${id}`), ...agents.map((id) => `agent:${id}`)];
  const names = options.filter(({ id }) => selected.includes(id)).map(({ label }) => label);
  const numbers = (ids: readonly string[], kind: string) =>
    ids.filter((id) => id.startsWith(kind)).map((id) => Number(id.slice(kind.length)));
  return (
    <Picker
      multiple
      label={t`Colleagues and teams`}
      emptyText={t`Nothing of that name.`}
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={<Button>{names.length > 0 ? names.join(', ') : t`Choose`}</Button>}
      selected={selected}
      onChange={(ids) => onChange(numbers(ids, 'agent:'), numbers(ids, 'team:'))}
      options={options}
    />
  );
}
