import { t } from '@lingui/core/macro';

export interface LaterChoice {
  id: string;
  label: string;
  at: Date;
}

const MORNING_HOUR = 9;
const EVENING_HOUR = 18;
const MONDAY = 1;

function at(now: Date, days: number, hour: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
}

/** The times people mean by "later", in their own time zone; only ones that are still ahead. */
export function laterChoices(now: Date): LaterChoice[] {
  const toMonday = (MONDAY - now.getDay() + 7) % 7 || 7;
  const choices = [
    { id: 'hours', label: t`In 3 hours`, at: new Date(now.getTime() + 3 * 3_600_000) },
    { id: 'tomorrow', label: t`Tomorrow morning`, at: at(now, 1, MORNING_HOUR) },
    { id: 'monday', label: t`Next Monday`, at: at(now, toMonday, MORNING_HOUR) },
    { id: 'week', label: t`In a week`, at: at(now, 7, MORNING_HOUR) },
  ];
  const tonight = at(now, 0, EVENING_HOUR);
  if (tonight.getTime() - now.getTime() < 3_600_000) return choices;
  return [{ id: 'tonight', label: t`This evening`, at: tonight }, ...choices];
}
