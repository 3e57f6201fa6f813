import type { Conditions, SlaHours, SlaMetric, SlaPolicy } from '@evenkeel/api';
import {
  Button,
  EmptyState,
  FormSection,
  IconButton,
  Menu,
  Page,
  Select,
  Switch,
  TextField,
} from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Plus, SearchX, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { PRIORITIES, priorityLabel } from '../../../lib/labels';
import { api } from '../../auth/client';
import { ConditionsEditor } from '../../conditions/ConditionsEditor';
import { Form, Row } from '../../forms/Form';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { LinkButton } from '../../layout/LinkButton';
import { hoursLabel, metricLabel, metricMeaning, METRICS, parseDuration } from '../../sla/words';
import { KEYS, useScheduleList, useSlaPolicyList } from '../queries';
import { newPromise, parseWarn, promisesOf, targetsOf, type Promised } from './promises';
import styles from './Sla.module.css';

/** One policy: for which tickets, by whose hours, what is promised. */
export function SlaPolicyPage() {
  const { t } = useLingui();
  const { id } = useParams();
  const policies = useSlaPolicyList();
  return (
    <Loaded query={policies}>
      {({ items }) => {
        const policy = items.find((each) => String(each.id) === id);
        if (policy || id === 'new') {
          return <PolicyForm key={policy?.version ?? 'new'} policy={policy ?? null} />;
        }
        return (
          <EmptyState
            icon={<SearchX size={22} />}
            title={t`This policy doesn’t exist any more`}
            action={
              <LinkButton to="/app/admin/sla">
                <Trans>All policies</Trans>
              </LinkButton>
            }
          />
        );
      }}
    </Loaded>
  );
}

function PolicyForm({ policy }: { policy: SlaPolicy | null }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [name, setName] = useState(policy?.name ?? '');
  const [enabled, setEnabled] = useState(policy?.enabled ?? true);
  const [conditions, setConditions] = useState<Conditions>(
    policy?.conditions ?? { all: [], any: [] },
  );
  const [scheduleId, setScheduleId] = useState(policy?.schedule_id ?? null);
  const [promises, setPromises] = useState(() =>
    policy ? promisesOf(policy.targets) : [newPromise('first_reply')],
  );
  const targets = targetsOf(promises);
  const saving = useSave(
    () => {
      const input = {
        name: name.trim(),
        enabled,
        conditions,
        schedule_id: scheduleId,
        targets: targets ?? [],
      };
      return policy
        ? api.slaPolicies.update(policy.id, { version: policy.version, ...input })
        : api.slaPolicies.create(input);
    },
    { refreshes: [KEYS.slaPolicies], onSaved: () => void navigate('/app/admin/sla') },
  );
  return (
    <Page title={policy ? <bdi>{policy.name}</bdi> : t`New policy`}>
      <Form label={t`SLA policy`} onSubmit={() => saving.save(undefined)}>
        <ProblemBanner error={saving.error} fields={['name']} />
        <FormSection title={t`Name`}>
          <TextField
            label={t`Name`}
            value={name}
            onChange={setName}
            errorMessage={saving.words('name')}
            isRequired
          />
          <Switch isSelected={enabled} onChange={setEnabled}>
            <Trans>In force</Trans>
          </Switch>
        </FormSection>
        <FormSection
          title={t`For which tickets`}
          description={<Trans>Without a condition it is for all of them.</Trans>}
        >
          <ConditionsEditor value={conditions} onChange={setConditions} />
        </FormSection>
        <FormSection
          title={t`Promises`}
          description={
            <Trans>
              Type times such as 30m, 4h or 1h 30m. Leave a priority empty to promise nothing there.
            </Trans>
          }
        >
          <ScheduleChoice value={scheduleId} onChange={setScheduleId} />
          <Promises promises={promises} onChange={setPromises} />
        </FormSection>
        <Row>
          <Button
            type="submit"
            variant="primary"
            isPending={saving.isSaving}
            isDisabled={name.trim() === '' || !targets || targets.length === 0}
          >
            {policy ? <Trans>Save</Trans> : <Trans>Create policy</Trans>}
          </Button>
          <LinkButton to="/app/admin/sla">
            <Trans>Cancel</Trans>
          </LinkButton>
        </Row>
      </Form>
    </Page>
  );
}

type ScheduleChoiceProps = { value: number | null; onChange: (id: number | null) => void };

function ScheduleChoice({ value, onChange }: ScheduleChoiceProps) {
  const { t } = useLingui();
  const schedules = useScheduleList().data?.items ?? [];
  return (
    <Select
      label={t`By whose business hours`}
      description={
        schedules.length === 0
          ? t`No business hours are set up yet, so all time counts.`
          : undefined
      }
      options={[
        { id: 'own', label: t`Those of the ticket’s team or inbox` },
        ...schedules.map(({ id, name }) => ({ id: String(id), label: name })),
      ]}
      value={value === null ? 'own' : String(value)}
      onChange={(id) => onChange(id === 'own' ? null : Number(id))}
    />
  );
}

type PromisesProps = { promises: readonly Promised[]; onChange: (promises: Promised[]) => void };

function Promises({ promises, onChange }: PromisesProps) {
  const { t } = useLingui();
  const free = METRICS.filter((metric) => promises.every((each) => each.metric !== metric));
  return (
    <div className={styles.promises}>
      {promises.map((promise) => (
        <PromiseFields
          key={promise.metric}
          promise={promise}
          onChange={(next) =>
            onChange(promises.map((each) => (each.metric === next.metric ? next : each)))
          }
          onRemove={() => onChange(promises.filter((each) => each !== promise))}
        />
      ))}
      {free.length > 0 && (
        <div>
          <Menu
            label={t`Add a promise`}
            trigger={
              <Button size="s" icon={<Plus size={15} aria-hidden />}>
                <Trans>Add a promise</Trans>
              </Button>
            }
            entries={free.map((metric: SlaMetric) => ({
              id: metric,
              label: metricLabel(metric),
              detail: metricMeaning(metric),
              onAction: () => onChange([...promises, newPromise(metric)]),
            }))}
          />
        </div>
      )}
    </div>
  );
}

type PromiseFieldsProps = {
  promise: Promised;
  onChange: (promise: Promised) => void;
  onRemove: () => void;
};

function PromiseFields({ promise, onChange, onRemove }: PromiseFieldsProps) {
  const { t } = useLingui();
  const label = metricLabel(promise.metric);
  const hours: readonly SlaHours[] = ['business', 'calendar'];
  return (
    <fieldset className={styles.promise}>
      <legend>{label}</legend>
      <p>{metricMeaning(promise.metric)}</p>
      <div className={styles.fields}>
        {PRIORITIES.map((priority) => {
          const text = promise.within[priority];
          const isUnread = text.trim() !== '' && !parseDuration(text);
          return (
            <TextField
              key={priority}
              label={priorityLabel(priority)}
              value={text}
              placeholder="–"
              onChange={(next) =>
                onChange({ ...promise, within: { ...promise.within, [priority]: next } })
              }
              errorMessage={isUnread ? t`Write it like 4h or 30m.` : undefined}
            />
          );
        })}
        <Select
          label={t`Counted in`}
          options={hours.map((id) => ({ id, label: hoursLabel(id) }))}
          value={promise.hours}
          onChange={(next) => onChange({ ...promise, hours: next })}
        />
        <TextField
          label={t`Warn`}
          value={promise.warn}
          placeholder={t`Never`}
          onChange={(warn) => onChange({ ...promise, warn })}
          description={t`At 80%, or 30m before`}
          errorMessage={
            parseWarn(promise.warn) === undefined ? t`Write it like 80% or 30m.` : undefined
          }
        />
        <IconButton
          label={t`Take “${label}” away`}
          icon={<Trash2 size={16} aria-hidden />}
          onPress={onRemove}
        />
      </div>
    </fieldset>
  );
}
