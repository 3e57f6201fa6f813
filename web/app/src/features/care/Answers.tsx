import type { SurveyAnswer } from '@evenkeel/api';
import { Badge } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Link } from 'react-router';
import { useFormat } from '../../i18n';
import { aboutLabel, solvedLabel, treatmentLabel } from '../../lib/careWords';
import styles from './Care.module.css';

/** Answers of customers, newest first. */
export function Answers({ answers }: { answers: readonly SurveyAnswer[] }) {
  const { date } = useFormat();
  return (
    <ul className={styles.list} aria-label={t`Answers`}>
      {answers.map((answer) => (
        <li key={answer.id} className={styles.item}>
          {answer.text && (
            <p className={styles.text} dir="auto">
              {answer.text}
            </p>
          )}
          <div className={styles.meta}>
            {answer.solved && <Badge>{solvedLabel(answer.solved)}</Badge>}
            {answer.treatment && <Badge>{treatmentLabel(answer.treatment)}</Badge>}
            {answer.about && <span>{t`About: ${aboutLabel(answer.about)}`}</span>}
            {answer.text && !answer.about && <span>{t`Nobody has said yet what it is about`}</span>}
            <Link to={`/app/t/${answer.ticket_id}`}>{t`Ticket #${answer.ticket_id}`}</Link>
            {answer.at && <time dateTime={answer.at}>{date(answer.at)}</time>}
          </div>
        </li>
      ))}
    </ul>
  );
}
