import type { RuleRun } from '@evenkeel/api';
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useAgents, useTags, useTeams } from '../../../store';
import { operatorLabel, ownFields } from '../../conditions/vocabulary';
import styles from './Rules.module.css';
import { stepWords } from './stepWords';
import { leftOutWords } from './words';

/** Why a rule ran, and what it did: conditions with the values that met them, then the steps. */
export default function RunDetail({ run }: { run: RuleRun }) {
  const { t } = useLingui();
  const names = { agents: useAgents(), teams: useTeams(), tags: useTags() };
  const fields = ownFields();
  const { detail } = run;
  if (!detail) {
    return (
      <p className={styles.soft}>
        <Trans>What it did was erased with the customer’s data.</Trans>
      </p>
    );
  }
  const shown = (field: string, value: unknown): string => {
    if (value === null || value === undefined) return t`nothing`;
    const words = fields.find(({ id }) => id === field);
    const named = (list: readonly { id: number; name: string }[]) =>
      list.find(({ id }) => id === value)?.name ?? String(value);
    if (Array.isArray(value)) return value.map((each) => shown(field, each)).join(', ');
    switch (words?.kind) {
      case 'agent':
        return value === 'me' ? t`whoever acts` : named(names.agents);
      case 'team':
        return named(names.teams);
      case 'tags':
        return named(names.tags);
      default:
        return words?.words?.find(({ id }) => id === value)?.label ?? String(value);
    }
  };
  return (
    <div className={styles.steps}>
      {detail.problem && <p role="note">{detail.problem}</p>}
      {detail.matched.length > 0 && (
        <ul>
          {detail.matched.map(({ condition, actual }, index) => {
            const words = fields.find(({ id }) => id === condition.field);
            return (
              <li key={index}>
                {words?.label ?? condition.field}{' '}
                {operatorLabel(condition.op, words?.kind ?? 'text')}{' '}
                <bdi>
                  {condition.value === undefined ? '' : shown(condition.field, condition.value)}
                </bdi>{' '}
                <span className={styles.soft}>
                  <Trans>
                    (it was <bdi>{shown(condition.field, actual)}</bdi>)
                  </Trans>
                </span>
              </li>
            );
          })}
        </ul>
      )}
      <ul>
        {detail.steps.map(({ step, left_out: why }, index) => (
          <li key={index}>
            {stepWords(step, names)}
            {why && (
              <span className={styles.soft}>
                {' '}
                <Trans>(left out: {leftOutWords(why)})</Trans>
              </span>
            )}
          </li>
        ))}
      </ul>
      {run.held_back > 0 && (
        <p className={styles.soft}>
          {plural(run.held_back, {
            one: 'It would have run again in the same chain, and was held back.',
            other: 'It would have run # times more in the same chain, and was held back.',
          })}
        </p>
      )}
    </div>
  );
}
