import { Button, IconButton, PopoverPanel, Select, Skeleton } from '@evenkeel/kit';
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQueryClient } from '@tanstack/react-query';
import { Gauge } from 'lucide-react';
import { useFormat } from '../../i18n';
import { useTeams } from '../../store';
import { api } from '../auth/client';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { LOAD, useMyLoad } from './queries';
import styles from './Routing.module.css';

const STEP = 5;

/** My load, for my eyes only. */
export function LoadButton() {
  const { t } = useLingui();
  return (
    <PopoverPanel
      label={t`My load`}
      placement="top start"
      trigger={<IconButton size="s" label={t`My load`} icon={<Gauge size={16} aria-hidden />} />}
    >
      <MyLoad />
    </PopoverPanel>
  );
}

function MyLoad() {
  const { t } = useLingui();
  const queries = useQueryClient();
  const teams = useTeams();
  const load = useMyLoad().data;
  const saving = useSave(
    (ceiling: number) => api.load.update({ version: load?.version ?? 0, ceiling }),
    { onSaved: (saved) => void queries.setQueryData(LOAD, saved), refreshes: [LOAD] },
  );
  if (!load) return <Skeleton lines={4} />;
  const shares: number[] = [];
  for (let share = load.ceiling_min; share <= load.ceiling_max; share += STEP) shares.push(share);
  if (!shares.includes(load.ceiling)) shares.push(load.ceiling);
  return (
    <section className={styles.load} aria-label={t`My load`}>
      <h2>
        <Trans>My load</Trans>
      </h2>
      {load.recovery_until && <Recovery until={load.recovery_until} />}
      <p>
        <Trans>
          {load.units} of {load.units_max} units in hand.
        </Trans>{' '}
        {load.takes_more ? (
          <Trans>New work may come.</Trans>
        ) : (
          <Trans>Nothing new comes just now.</Trans>
        )}
      </p>
      <meter
        className={styles.meter}
        aria-label={t`Units in hand`}
        min={0}
        max={Math.max(load.units_max, 1)}
        value={load.units}
      />
      <ul>
        {load.in_hand.map(({ team_id: team, channel, tickets, units }) => (
          <li key={`${team}-${channel}`}>
            <bdi>{teams.find(({ id }) => id === team)?.name ?? t`No team`}</bdi>
            {': '}
            {plural(tickets, { one: '# ticket', other: '# tickets' })}
            {', '}
            {plural(units, { one: '# unit each', other: '# units each' })}
          </li>
        ))}
      </ul>
      <p>
        <Trans>What waits for the customer or is solved takes nothing.</Trans>
      </p>
      <Select
        label={t`Fill my hands up to`}
        description={t`You can always pick more yourself.`}
        value={String(load.ceiling)}
        onChange={(share) => saving.save(Number(share))}
        options={shares.map((share) => ({ id: String(share), label: `${share} %` }))}
      />
      <ProblemBanner error={saving.error} />
      <p>
        {plural(load.exposure, {
          0: 'No demanding contacts today.',
          one: '# demanding contact today.',
          other: '# demanding contacts today.',
        })}{' '}
        <Trans>Only you see this. It helps to share demanding work out fairly.</Trans>
      </p>
    </section>
  );
}

/** Rest after an abusive contact: no reason is asked for. */
function Recovery({ until }: { until: string }) {
  const format = useFormat();
  const queries = useQueryClient();
  const saving = useSave((minutes: number) => api.load.recover(minutes), {
    onSaved: (saved) => void queries.setQueryData(LOAD, saved),
    refreshes: [LOAD],
  });
  return (
    <div className={styles.kind} role="status">
      <p>
        <Trans>
          That was not okay, and it was not about you. Take a moment: nothing new comes until{' '}
          {format.time(until)}. Nobody else sees this.
        </Trans>
      </p>
      <div className={styles.row}>
        <Button size="s" onPress={() => saving.save(15)}>
          <Trans>A little longer</Trans>
        </Button>
        <Button size="s" variant="quiet" onPress={() => saving.save(0)}>
          <Trans>I’m ready</Trans>
        </Button>
      </div>
    </div>
  );
}
