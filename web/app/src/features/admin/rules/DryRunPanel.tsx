import type { DryRunHit, RuleDefinition } from '@evenkeel/api';
import { Button, Dialog, Spinner } from '@evenkeel/kit';
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { useFormat } from '../../../i18n';
import { useAgents, useTags, useTeams } from '../../../store';
import { api } from '../../auth/client';
import { ProblemBanner } from '../../forms/problems';
import styles from './Rules.module.css';
import { stepWords } from './stepWords';

const DAYS = 7;
/** Tickets listed; the count goes on. */
const LISTED_MAX = 200;

interface Found {
  hits: DryRunHit[];
  tickets: Set<number>;
  examined: number;
  total: number;
  isDone: boolean;
  error: unknown;
}

const NOTHING: Found = {
  hits: [],
  tickets: new Set(),
  examined: 0,
  total: 0,
  isDone: false,
  error: null,
};

function useDryRun(definition: RuleDefinition): Found {
  const [found, setFound] = useState(NOTHING);
  useEffect(() => {
    const stop = new AbortController();
    const run = async () => {
      let sofar = NOTHING;
      let cursor: string | null = null;
      do {
        const part = await api.rules.dryRun({ definition, days: DAYS, cursor }, stop.signal);
        const fresh = part.items.filter(({ ticket_id }) => !sofar.tickets.has(ticket_id));
        sofar = {
          ...sofar,
          hits: [...sofar.hits, ...fresh].slice(0, LISTED_MAX),
          tickets: new Set([...sofar.tickets, ...part.items.map((hit) => hit.ticket_id)]),
          examined: part.examined,
          total: part.total,
          isDone: !part.next,
        };
        cursor = part.next ?? null;
        if (!stop.signal.aborted) setFound(sofar);
      } while (cursor !== null && !stop.signal.aborted);
    };
    run().catch((error: unknown) => {
      if (!stop.signal.aborted) setFound((sofar) => ({ ...sofar, isDone: true, error }));
    });
    return () => stop.abort();
  }, [definition]);
  return found;
}

/** What a rule would have done last week; nothing is written. */
export function DryRunPanel({
  definition,
  onClose,
}: {
  definition: RuleDefinition;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const format = useFormat();
  const found = useDryRun(definition);
  const names = { agents: useAgents(), teams: useTeams(), tags: useTags() };
  const percent = found.total > 0 ? Math.round((100 * found.examined) / found.total) : 0;
  return (
    <Dialog
      title={t`What it would have done in the last 7 days`}
      closeLabel={t`Close`}
      isOpen
      size="l"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      }
    >
      <ProblemBanner error={found.error} />
      <p role="status">
        {plural(found.tickets.size, {
          0: 'It would have changed no ticket.',
          one: 'It would have changed this ticket.',
          other: 'It would have changed these # tickets.',
        })}{' '}
        {!found.isDone && (
          <>
            <Spinner label={t`Looking`} /> <Trans>{percent} % looked at</Trans>
          </>
        )}
      </p>
      <ul className={styles.hits}>
        {found.hits.map((hit) => (
          <li key={hit.ticket_id} className={styles.hit}>
            <Link to={`/app/t/${hit.ticket_id}`} target="_blank">
              #{hit.ticket_id} <bdi>{hit.subject}</bdi>
            </Link>
            <span className={styles.soft}>
              {format.dateTime(hit.at)} ·{' '}
              {hit.steps.map((step) => stepWords(step, names)).join(' · ')}
            </span>
          </li>
        ))}
      </ul>
      <p className={styles.soft}>
        <Trans>
          Nothing is written. Each ticket is looked at as it was then, as far as the journal tells;
          its subject, inbox and attachments are taken as they are now, and what other rules would
          have done in turn is not played through.
        </Trans>
      </p>
    </Dialog>
  );
}
