import { Badge, EmptyState } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { History } from 'lucide-react';
import { Link } from 'react-router';
import { useFormat } from '../../../i18n';
import { api } from '../../auth/client';
import { LoadedPages } from '../../forms/LoadedPages';
import { usePages } from '../../forms/usePages';
import { KEYS } from '../queries';
import styles from './Rules.module.css';
import RunDetail from './RunDetail';
import { outcomeLabel } from './words';

/** What a rule did, newest first. */
export function RuleRuns({ rule }: { rule: number }) {
  const { t } = useLingui();
  const format = useFormat();
  const runs = usePages([...KEYS.rules, rule, 'runs'], (paging, signal) =>
    api.rules.runs(rule, paging, signal),
  );
  return (
    <LoadedPages
      query={runs}
      empty={
        <EmptyState icon={<History size={22} />} title={t`It did nothing yet`}>
          <Trans>Each time it meets a ticket, you see here what it did and why.</Trans>
        </EmptyState>
      }
    >
      {(items) => (
        <ul>
          {items.map((run) => (
            <li key={run.id} className={styles.hit}>
              <span>
                <Badge tone={run.outcome === 'done' ? 'good' : 'warn'}>
                  {outcomeLabel(run.outcome)}
                </Badge>{' '}
                <Link to={`/app/t/${run.ticket_id}`}>#{run.ticket_id}</Link>{' '}
                <span className={styles.soft}>{format.dateTime(run.at)}</span>
              </span>
              <RunDetail run={run} />
            </li>
          ))}
        </ul>
      )}
    </LoadedPages>
  );
}
