import type { NextClock, SlaClock, Ticket } from '@evenkeel/api';
import { Badge, Button, PopoverPanel, Skeleton } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import { CirclePause, Clock as ClockIcon } from 'lucide-react';
import { useState } from 'react';
import { useFormat, useLanguage, useNow } from '../../i18n';
import { priorityLabel } from '../../lib/labels';
import { api } from '../auth/client';
import { LoadProblem } from '../forms/problems';
import styles from './Clock.module.css';
import { clockWords, duration, metricLabel, metricMeaning, reasonLabel, when } from './words';

/** A clock says more by its colour only when there is little time, and then quietly. */
const toneOf = (clock: NextClock) => (clock.warned || clock.breached ? 'accent' : 'outline');

const iconOf = (clock: { reason: NextClock['reason'] }) =>
  clock.reason ? <CirclePause size={12} aria-hidden /> : <ClockIcon size={12} aria-hidden />;

/** The promise that comes first, on a row of a list. */
export function ClockMark({ clock }: { clock: NextClock }) {
  const format = useFormat();
  const now = useNow();
  if (clock.reason === 'solved') return null;
  return (
    <Badge tone={toneOf(clock)} icon={iconOf(clock)}>
      {clockWords(clock, format, now)}
    </Badge>
  );
}

/** The promise that comes first, on the ticket; opens why. */
export function ClockButton({ ticket }: { ticket: Ticket }) {
  const format = useFormat();
  const now = useNow();
  const [isOpen, setOpen] = useState(false);
  const clock = ticket.sla;
  if (!clock) return null;
  const words = clockWords(clock, format, now);
  return (
    <PopoverPanel
      label={t`Why this clock`}
      isOpen={isOpen}
      onOpenChange={setOpen}
      className={styles.panel}
      trigger={
        <Button size="s" variant="quiet" aria-label={t`${words}. Why?`}>
          <Badge tone={toneOf(clock)} icon={iconOf(clock)}>
            {words}
          </Badge>
        </Button>
      }
    >
      <Why ticket={ticket} />
    </PopoverPanel>
  );
}

function Why({ ticket }: { ticket: Ticket }) {
  const clocks = useQuery({
    queryKey: ['clocks', ticket.id, ticket.sla],
    queryFn: ({ signal }) => api.tickets.clocks(ticket.id, signal),
  });
  if (clocks.isPending) return <Skeleton lines={4} label={t`Loading`} />;
  if (!clocks.data) {
    return <LoadProblem error={clocks.error} onRetry={() => void clocks.refetch()} />;
  }
  const open = clocks.data.items.filter(({ ended_at }) => ended_at === null);
  const ended = clocks.data.items.filter(({ state }) => state === 'met' || state === 'missed');
  return (
    <div className={styles.why}>
      {open.map((clock) => (
        <Reason key={`${clock.metric} ${clock.started_at}`} clock={clock} />
      ))}
      {ended.length > 0 && <Ended clocks={ended} />}
    </div>
  );
}

/** One running clock and its reasons, a sentence each. */
function Reason({ clock }: { clock: SlaClock }) {
  const format = useFormat();
  const language = useLanguage();
  const now = useNow();
  const breached = clock.breached_at !== null;
  const target = duration(language, clock.target_minutes);
  const isBusiness = clock.hours === 'business' && clock.schedule_id !== null;
  const seconds = isBusiness ? clock.business_seconds : clock.calendar_seconds;
  const used = duration(language, seconds / 60);
  const policy = clock.policy_name ?? t`a policy that is gone`;
  const priority = priorityLabel(clock.priority);
  return (
    <section className={styles.reason}>
      <h3>{clockWords({ ...clock, breached }, format, now)}</h3>
      <p>
        {metricLabel(clock.metric)}. {metricMeaning(clock.metric)}
      </p>
      <p dir="auto">
        {t`“${policy}” promises it within ${target} at priority “${priority}”; ${used} are used up.`}
      </p>
      <p dir="auto">
        <Hours clock={clock} />
      </p>
      {clock.pauses.length > 0 && (
        <ul aria-label={t`When it stood still`}>
          {clock.pauses.slice(-5).map((pause) => {
            const from = when(pause.from, format, now);
            const reason = reasonLabel(pause.reason);
            const to = pause.to && when(pause.to, format, now);
            return (
              <li key={pause.from}>
                {to
                  ? t`Stood still from ${from} to ${to}: ${reason}.`
                  : t`Stands still since ${from}: ${reason}.`}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function Hours({ clock }: { clock: SlaClock }) {
  const format = useFormat();
  const now = useNow();
  if (clock.hours === 'calendar') return t`Counted around the clock.`;
  if (clock.schedule_id === null) {
    return t`Counted around the clock, since no business hours are set up for this ticket.`;
  }
  const schedule = clock.schedule_name ?? t`hours that are gone`;
  const zone = clock.time_zone ?? '';
  if (clock.opens_at) {
    const opens = when(clock.opens_at, format, now);
    return t`Counted in business hours: ${schedule} (${zone}). They are closed now and begin again ${opens}.`;
  }
  return t`Counted in business hours: ${schedule} (${zone}).`;
}

function Ended({ clocks }: { clocks: readonly SlaClock[] }) {
  const language = useLanguage();
  return (
    <section className={styles.reason}>
      <h3>{t`Kept before`}</h3>
      <ul>
        {clocks.slice(0, 5).map((clock) => {
          const metric = metricLabel(clock.metric);
          const isBusiness = clock.hours === 'business';
          const seconds = isBusiness ? clock.business_seconds : clock.calendar_seconds;
          const took = duration(language, seconds / 60);
          return (
            <li key={`${clock.metric} ${clock.started_at}`}>
              {clock.state === 'met'
                ? t`${metric}: in time, after ${took}`
                : t`${metric}: late, after ${took}`}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
