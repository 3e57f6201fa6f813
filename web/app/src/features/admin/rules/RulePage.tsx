import type { Action, Rule, RuleAction, RuleDefinition } from '@evenkeel/api';
import { Button, Page, Switch, Tabs, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { api } from '../../auth/client';
import { ActionsEditor } from '../../actions/ActionsEditor';
import { isWhole } from '../../actions/vocabulary';
import { ConditionsEditor } from '../../conditions/ConditionsEditor';
import { isComplete } from '../../conditions/vocabulary';
import { Form } from '../../forms/Form';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';
import { DryRunPanel } from './DryRunPanel';
import { isOwnWhole, OwnSteps } from './OwnSteps';
import { RuleRuns } from './RuleRuns';
import styles from './Rules.module.css';
import { isOwn } from './stepWords';
import { WhenEditor } from './WhenEditor';

const NEW: RuleDefinition = {
  when: { type: 'event', events: ['ticket_created'] },
  by: [],
  changes: [],
  conditions: { all: [], any: [] },
  actions: [],
  stops: false,
};

/** One rule: when, if, then; what it would have done, and what it did. */
export function RulePage() {
  const { id } = useParams();
  const rule = useQuery({
    queryKey: [...KEYS.rules, id],
    queryFn: ({ signal }) => api.rules.get(Number(id), signal),
    enabled: id !== undefined,
  });
  if (id === undefined) return <RuleForm rule={null} />;
  return <Loaded query={rule}>{(found) => <RuleForm key={found.version} rule={found} />}</Loaded>;
}

type Part = 'rule' | 'runs';

function RuleForm({ rule }: { rule: Rule | null }) {
  const { t } = useLingui();
  const [part, setPart] = useState<Part>('rule');
  return (
    <Page
      title={rule ? rule.name : t`New rule`}
      description={
        rule?.switched_off && t`It was switched off because it kept failing. Look at its runs.`
      }
    >
      {rule ? (
        <Tabs
          label={t`Rule`}
          selected={part}
          onChange={(next) => setPart(next as Part)}
          tabs={[
            { id: 'rule', label: t`Rule`, content: <Editor rule={rule} /> },
            { id: 'runs', label: t`What it did`, content: <RuleRuns rule={rule.id} /> },
          ]}
        />
      ) : (
        <Editor rule={null} />
      )}
    </Page>
  );
}

function Editor({ rule }: { rule: Rule | null }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [name, setName] = useState(rule?.name ?? '');
  const [enabled, setEnabled] = useState(rule?.enabled ?? true);
  const [definition, setDefinition] = useState(rule?.definition ?? NEW);
  const [isTrying, setTrying] = useState(false);
  const change = (part: Partial<RuleDefinition>) => setDefinition({ ...definition, ...part });
  const own = definition.actions.filter(isOwn);
  const plain = definition.actions.filter((step): step is Action => !isOwn(step));
  const steps = (actions: Action[], more: RuleAction[]) =>
    change({ actions: [...actions, ...more] });
  const { all = [], any = [] } = definition.conditions ?? {};
  const isReady =
    definition.actions.length > 0 &&
    plain.every(isWhole) &&
    own.every(isOwnWhole) &&
    [...all, ...any].every(isComplete) &&
    (definition.when.type === 'time' || definition.when.events.length > 0);
  const saving = useSave(
    () =>
      rule
        ? api.rules.update(rule.id, {
            version: rule.version,
            name: name.trim(),
            enabled,
            definition,
          })
        : api.rules.create({ name: name.trim(), enabled, definition }),
    { refreshes: [KEYS.rules], onSaved: () => void navigate('/app/admin/rules') },
  );
  return (
    <Form onSubmit={() => saving.save(undefined)} label={t`Rule`}>
      <ProblemBanner error={saving.error} fields={['name']} />
      <TextField
        label={t`Name`}
        value={name}
        onChange={setName}
        errorMessage={saving.words('name')}
        isRequired
      />
      <section className={styles.part}>
        <h2>
          <Trans>When</Trans>
        </h2>
        <WhenEditor value={definition} onChange={change} />
      </section>
      <section className={styles.part}>
        <h2>
          <Trans>If</Trans>
        </h2>
        <ConditionsEditor
          value={definition.conditions ?? { all: [], any: [] }}
          onChange={(conditions) => change({ conditions })}
        />
      </section>
      <section className={styles.part}>
        <h2>
          <Trans>Then</Trans>
        </h2>
        <ActionsEditor value={plain} onChange={(actions) => steps(actions, own)} />
        <OwnSteps value={own} onChange={(more) => steps(plain, more)} />
        <Switch
          isSelected={definition.stops ?? false}
          onChange={(stops) => change({ stops })}
          detail={t`Rules below are passed over for the same event once this one ran.`}
        >
          <Trans>Stop here</Trans>
        </Switch>
      </section>
      <Switch isSelected={enabled} onChange={setEnabled}>
        <Trans>On</Trans>
      </Switch>
      <div className={styles.foot}>
        <Button
          type="submit"
          variant="primary"
          isPending={saving.isSaving}
          isDisabled={!isReady || name.trim() === ''}
        >
          {rule ? t`Save` : t`Create rule`}
        </Button>
        <Button isDisabled={!isReady} onPress={() => setTrying(true)}>
          <Trans>What would it have done last week?</Trans>
        </Button>
        <Button variant="quiet" onPress={() => void navigate('/app/admin/rules')}>
          <Trans>Cancel</Trans>
        </Button>
      </div>
      {isTrying && <DryRunPanel definition={definition} onClose={() => setTrying(false)} />}
    </Form>
  );
}
