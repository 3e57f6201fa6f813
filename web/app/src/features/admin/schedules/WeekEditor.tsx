import type { HoursSpan } from '@evenkeel/api';
import { Button, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useLanguage } from '../../../i18n';
import { DAYS, formatSpans, goesPastMidnight, minutesOf, parseSpans } from './spans';
import styles from './Schedules.module.css';

export type WeekText = Record<(typeof DAYS)[number], string>;

/** 2024-01-01 was a Monday. */
const dayName = (language: string, index: number) =>
  new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(
    new Date(Date.UTC(2024, 0, 1 + index)),
  );

type WeekEditorProps = { week: WeekText; onChange: (week: WeekText) => void };

/** A line of text for each day, with its hours drawn beside it; all by keyboard. */
export function WeekEditor({ week, onChange }: WeekEditorProps) {
  const { t } = useLingui();
  const language = useLanguage();
  const copyMonday = () =>
    onChange({
      ...week,
      tuesday: week.monday,
      wednesday: week.monday,
      thursday: week.monday,
      friday: week.monday,
    });
  return (
    <div className={styles.week}>
      {DAYS.map((day, index) => {
        const spans = parseSpans(week[day]);
        return (
          <div key={day} className={styles.day}>
            <TextField
              label={dayName(language, index)}
              value={week[day]}
              placeholder={t`Closed`}
              onChange={(text) => onChange({ ...week, [day]: text })}
              onBlur={() => spans && onChange({ ...week, [day]: formatSpans(spans) })}
              errorMessage={
                spans === null
                  ? t`Can’t be read. Write it like 09:00–12:00, 13:00–17:00.`
                  : undefined
              }
              description={
                spans?.some(goesPastMidnight) ? t`Goes on until the next morning` : undefined
              }
            />
            <Bar spans={spans ?? []} />
          </div>
        );
      })}
      <div>
        <Button size="s" onPress={copyMonday}>
          <Trans>Use Monday’s hours until Friday</Trans>
        </Button>
      </div>
    </div>
  );
}

/** The hours of a day as a line from midnight to midnight; said in words beside it. */
function Bar({ spans }: { spans: readonly HoursSpan[] }) {
  const percent = (minutes: number) => `${(minutes / 1440) * 100}%`;
  return (
    <span className={styles.bar} aria-hidden>
      {spans.map(({ from, to }) => {
        const start = minutesOf(from);
        const end = minutesOf(to) <= start ? 1440 : minutesOf(to);
        return (
          <span
            key={from}
            style={{ insetInlineStart: percent(start), inlineSize: percent(end - start) }}
          />
        );
      })}
    </span>
  );
}
