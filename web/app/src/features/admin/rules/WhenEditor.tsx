import type { RuleDefinition, RuleMoment } from '@evenkeel/api';
import { Checkbox, RadioGroup, Select, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Choices } from '../../forms/Choices';
import { Changes } from './Changes';
import styles from './Rules.module.css';
import { EVENTS, EVERYBODY, eventLabel, MOMENTS, momentLabel, whoLabel } from './words';

interface WhenEditorProps {
  value: RuleDefinition;
  onChange: (part: Partial<RuleDefinition>) => void;
}

/** When a rule looks at a ticket: something happens, or a time has passed. */
export function WhenEditor({ value, onChange }: WhenEditorProps) {
  const { t } = useLingui();
  const { when } = value;
  return (
    <>
      <RadioGroup
        label={t`What it waits for`}
        options={[
          { id: 'event' as const, label: t`Something happens` },
          { id: 'time' as const, label: t`A time has passed` },
        ]}
        value={when.type}
        onChange={(type) =>
          onChange(
            type === 'event'
              ? { when: { type, events: ['ticket_created'] } }
              : { when: { type, since: 'customer_message', minutes: 240 }, by: [], changes: [] },
          )
        }
      />
      {when.type === 'time' ? (
        <Time when={when} onChange={(changed) => onChange({ when: changed })} />
      ) : (
        <>
          <Choices label={t`What happens`}>
            {EVENTS.map((event) => (
              <Checkbox
                key={event}
                isSelected={when.events.includes(event)}
                onChange={(isOn) =>
                  onChange({
                    when: {
                      type: 'event',
                      events: EVENTS.filter((it) =>
                        it === event ? isOn : when.events.includes(it),
                      ),
                    },
                  })
                }
              >
                {eventLabel(event)}
              </Checkbox>
            ))}
          </Choices>
          <Choices label={t`Who acted (nobody ticked: anybody)`}>
            {EVERYBODY.map((who) => (
              <Checkbox
                key={who}
                isSelected={value.by?.includes(who) ?? false}
                onChange={(isOn) =>
                  onChange({
                    by: EVERYBODY.filter((it) => (it === who ? isOn : value.by?.includes(it))),
                  })
                }
              >
                {whoLabel(who)}
              </Checkbox>
            ))}
          </Choices>
          <Changes value={value.changes ?? []} onChange={(changes) => onChange({ changes })} />
        </>
      )}
    </>
  );
}

type Unit = 'minutes' | 'hours' | 'days';
const UNITS: Record<Unit, number> = { minutes: 1, hours: 60, days: 24 * 60 };
type TimeWhen = Extract<RuleDefinition['when'], { type: 'time' }>;

function Time({ when, onChange }: { when: TimeWhen; onChange: (when: TimeWhen) => void }) {
  const { t } = useLingui();
  const [unit, setUnit] = useState<Unit>(() => {
    if (when.minutes % UNITS.days === 0) return 'days';
    return when.minutes % UNITS.hours === 0 ? 'hours' : 'minutes';
  });
  const count = Math.round(when.minutes / UNITS[unit]);
  return (
    <>
      <div className={styles.span}>
        <TextField
          label={t`How long`}
          type="number"
          inputMode="numeric"
          value={count > 0 ? String(count) : ''}
          onChange={(text) => onChange({ ...when, minutes: Number(text) * UNITS[unit] })}
        />
        <Select
          label={t`Unit`}
          options={[
            { id: 'minutes' as const, label: t`minutes` },
            { id: 'hours' as const, label: t`hours` },
            { id: 'days' as const, label: t`days` },
          ]}
          value={unit}
          onChange={(next) => {
            setUnit(next);
            onChange({ ...when, minutes: count * UNITS[next] });
          }}
        />
        <Select
          label={t`after`}
          options={MOMENTS.map((id) => ({ id, label: momentLabel(id) }))}
          value={when.since}
          onChange={(since: RuleMoment) => onChange({ ...when, since })}
        />
      </div>
      <p className={styles.soft}>
        <Trans>
          Counted in calendar time. If the same happens again before, the time begins anew. Tickets
          whose time has passed already are left alone.
        </Trans>
      </p>
    </>
  );
}
