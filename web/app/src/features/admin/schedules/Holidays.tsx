import type { Holiday, HolidayKind } from '@evenkeel/api';
import { Button, Checkbox, IconButton, Select, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { formatSpans, parseSpans } from './spans';
import styles from './Schedules.module.css';

type HolidaysProps = { holidays: readonly Holiday[]; onChange: (holidays: Holiday[]) => void };

/** The dates that differ from their day of the week. */
export function Holidays({ holidays, onChange }: HolidaysProps) {
  const today = new Date().toISOString().slice(0, 10);
  const add = () =>
    onChange([...holidays, { name: '', date: today, yearly: false, kind: 'closed', spans: [] }]);
  return (
    <div className={styles.week}>
      {holidays.map((holiday, index) => (
        <HolidayRow
          // Rows have no names of their own, and none is ever moved.
          key={index}
          number={index + 1}
          holiday={holiday}
          onChange={(next) => onChange(holidays.map((each, at) => (at === index ? next : each)))}
          onRemove={() => onChange(holidays.filter((_, at) => at !== index))}
        />
      ))}
      <div>
        <Button size="s" icon={<Plus size={15} aria-hidden />} onPress={add}>
          <Trans>Add a date</Trans>
        </Button>
      </div>
    </div>
  );
}

type HolidayRowProps = {
  number: number;
  holiday: Holiday;
  onChange: (holiday: Holiday) => void;
  onRemove: () => void;
};

function HolidayRow({ number, holiday, onChange, onRemove }: HolidayRowProps) {
  const { t } = useLingui();
  const [text, setText] = useState(() => formatSpans(holiday.spans ?? []));
  const spans = parseSpans(text);
  const kinds: { id: HolidayKind; label: string }[] = [
    { id: 'closed', label: t`Closed all day` },
    { id: 'closed_between', label: t`Closed between` },
    { id: 'open_between', label: t`Open only between` },
  ];
  const setKind = (kind: HolidayKind) => {
    const kept = kind === 'closed' ? [] : (parseSpans(text) ?? []);
    onChange({ ...holiday, kind, spans: kept });
  };
  return (
    <div role="group" aria-label={t`Date ${number}`} className={styles.holiday}>
      <TextField
        label={t`Name`}
        value={holiday.name}
        onChange={(name) => onChange({ ...holiday, name })}
        isRequired
      />
      <TextField
        label={t`Date`}
        type="date"
        value={holiday.date}
        onChange={(date) => date && onChange({ ...holiday, date })}
        isRequired
      />
      <Select label={t`Hours`} options={kinds} value={holiday.kind} onChange={setKind} />
      {holiday.kind !== 'closed' && (
        <TextField
          label={t`From and to`}
          value={text}
          placeholder="09:00–12:00"
          onChange={(next) => {
            setText(next);
            const read = parseSpans(next);
            if (read) onChange({ ...holiday, spans: read });
          }}
          errorMessage={
            spans === null ? t`Can’t be read. Write it like 09:00–12:00, 13:00–17:00.` : undefined
          }
        />
      )}
      <Checkbox isSelected={holiday.yearly} onChange={(yearly) => onChange({ ...holiday, yearly })}>
        <Trans>Every year</Trans>
      </Checkbox>
      <IconButton
        label={t`Take date ${number} away`}
        icon={<Trash2 size={16} aria-hidden />}
        onPress={onRemove}
      />
    </div>
  );
}
