/** A policy's targets as its form holds them: one line for each thing that is promised. */
import type { Priority, SlaHours, SlaMetric, SlaPolicyInput, SlaTarget } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { PRIORITIES } from '../../../lib/labels';
import { parseDuration, shortDuration } from '../../sla/words';

export interface Promised {
  metric: SlaMetric;
  hours: SlaHours;
  /** What is typed for each priority; empty: nothing is promised. */
  within: Record<Priority, string>;
  /** What is typed for the warning: minutes before, or a share such as 80%. */
  warn: string;
}

const blank = (): Record<Priority, string> => ({ low: '', normal: '', high: '', urgent: '' });

export const newPromise = (metric: SlaMetric): Promised => ({
  metric,
  hours: 'business',
  within: blank(),
  warn: '80%',
});

function warnText(warn: SlaTarget['warn']): string {
  if (!warn) return '';
  return 'percent' in warn ? `${warn.percent}%` : shortDuration(warn.minutes);
}

/** The lines of a policy, in the order in which its targets name their measures. */
export function promisesOf(targets: readonly SlaTarget[]): Promised[] {
  const lines = new Map<SlaMetric, Promised>();
  for (const { metric, priority, minutes, hours, warn } of targets) {
    const line = lines.get(metric) ?? { metric, hours, within: blank(), warn: warnText(warn) };
    line.within[priority] = shortDuration(minutes);
    lines.set(metric, line);
  }
  return [...lines.values()];
}

/** A warning as it is typed; undefined when it can't be read. */
export function parseWarn(text: string): SlaTarget['warn'] | undefined {
  const given = text.trim();
  if (given === '') return null;
  const share = /^(\d{1,2})\s*%$/.exec(given);
  if (share) return Number(share[1]) > 0 ? { percent: Number(share[1]) } : undefined;
  const minutes = parseDuration(given);
  return minutes ? { minutes } : undefined;
}

/** The targets of the lines; null while something can't be read. */
export function targetsOf(promises: readonly Promised[]): SlaTarget[] | null {
  const targets: SlaTarget[] = [];
  for (const { metric, hours, within, warn } of promises) {
    const read = parseWarn(warn);
    if (read === undefined) return null;
    for (const priority of PRIORITIES) {
      if (within[priority].trim() === '') continue;
      const minutes = parseDuration(within[priority]);
      if (!minutes) return null;
      // A warning that would come before the clock even starts is left out.
      const fits = !read || !('minutes' in read) || read.minutes < minutes;
      targets.push({ metric, priority, minutes, hours, warn: fits ? read : null });
    }
  }
  return targets;
}

type Template = { id: string; title: string; detail: string; input: () => SlaPolicyInput };

const same = (within: string) => ({ low: within, normal: within, high: within, urgent: within });

/** Policies to begin with. */
export function templates(): Template[] {
  return [
    {
      id: 'standard',
      title: t`Answers and solutions`,
      detail: t`First and next replies and a solution, sooner for what is urgent.`,
      input: () => ({
        name: t`Standard`,
        enabled: true,
        conditions: { all: [], any: [] },
        schedule_id: null,
        targets:
          targetsOf([
            {
              ...newPromise('first_reply'),
              within: { low: '8h', normal: '4h', high: '2h', urgent: '1h' },
            },
            {
              ...newPromise('next_reply'),
              within: { low: '8h', normal: '4h', high: '2h', urgent: '1h' },
            },
            {
              ...newPromise('pausable_resolution'),
              within: { low: '40h', normal: '24h', high: '16h', urgent: '8h' },
            },
          ]) ?? [],
      }),
    },
    {
      id: 'complaints',
      title: t`Complaints`,
      detail: t`Confirmed within one business day of 8 hours, finally answered within ten.`,
      input: () => ({
        name: t`Complaints`,
        enabled: true,
        conditions: { all: [{ field: 'type', op: 'is', value: 'complaint' }], any: [] },
        schedule_id: null,
        targets:
          targetsOf([
            { ...newPromise('first_reply'), within: same('8h') },
            { ...newPromise('total_resolution'), within: same('80h') },
          ]) ?? [],
      }),
    },
  ];
}
