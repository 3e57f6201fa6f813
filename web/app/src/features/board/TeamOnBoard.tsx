import type { BoardFigure, TeamStanding } from '@evenkeel/api';
import { Badge } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useId, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useFormat, useLanguage } from '../../i18n';
import { useTeams } from '../../store';
import { duration } from '../sla/words';
import { OffersOnBoard } from './OffersOnBoard';
import { PeopleInState } from './PeopleInState';
import { levelWords, ofWords } from './words';
import styles from './Board.module.css';

const MINUTE_MS = 60_000;

/** One team: what waits, what is promised, who is there. */
export function TeamOnBoard({ standing, now }: { standing: TeamStanding; now: number }) {
  const { t } = useLingui();
  const title = useId();
  const language = useLanguage();
  const known = useTeams().find(({ id }) => id === standing.team_id)?.name;
  const hasTeam = typeof standing.team_id === 'number';
  const name = hasTeam ? (known ?? t`Team`) : t`Without a team`;
  const since = standing.waiting_since;
  const minutes = since ? (now - Date.parse(since)) / MINUTE_MS : 0;
  return (
    <section className={styles.team} aria-labelledby={title}>
      <header className={styles.head}>
        <h2 id={title} className={styles.name}>
          <bdi>{name}</bdi>
        </h2>
        {!standing.open && <Badge tone="outline">{t`Closed now`}</Badge>}
      </header>
      <ul className={styles.figures}>
        <Figure figure={standing.waiting} label={t`Waiting now`} />
        <Figure
          figure={standing.waiting}
          label={t`Longest waiting`}
          shown={since ? duration(language, minutes) : t`Nobody`}
          isWords
        />
        <Figure figure={standing.at_risk} label={t`Due within the hour`} tone="warn" />
        <Figure figure={standing.overdue} label={t`Overdue`} tone="bad" />
      </ul>
      <FirstReplies standing={standing} />
      <div className={styles.people}>
        {standing.agents.length === 0 && (
          <p className={styles.quiet}>
            <Trans>Nobody is in this team.</Trans>
          </p>
        )}
        {standing.agents.map(({ state, agent_ids: ids }) => (
          <PeopleInState key={state} state={state} ids={ids} />
        ))}
        <OffersOnBoard offers={standing.offers} />
      </div>
    </section>
  );
}

type FigureProps = {
  figure: BoardFigure;
  label: string;
  /** Said instead of the count. */
  shown?: string;
  isWords?: boolean;
  /** How it looks when it isn't zero. */
  tone?: 'warn' | 'bad';
};

/** A number, big enough for the other end of the room, that opens its tickets. */
function Figure({ figure, label, shown, isWords, tone }: FigureProps) {
  const format = useFormat();
  return (
    <li className={styles.figure}>
      <Link to={`/app/v/${figure.view}`} className={styles.link}>
        <span
          className={styles.count}
          data-words={isWords || undefined}
          data-tone={figure.count > 0 ? tone : undefined}
        >
          {shown ?? format.number(figure.count)}
        </span>{' '}
        <span className={styles.label}>{label}</span>
      </Link>
    </li>
  );
}

/** How first replies went today, with what lies behind the share. */
function FirstReplies({ standing }: { standing: TeamStanding }) {
  const { t } = useLingui();
  const format = useFormat();
  const level = standing.first_replies;
  return (
    <div className={styles.level}>
      <p className={styles.share}>
        <span className={styles.label}>{t`First replies in time today`}</span>{' '}
        <strong>{levelWords(level, format)}</strong>{' '}
        <span className={styles.quiet}>{ofWords(level, format)}</span>
      </p>
      <p className={styles.behind}>
        <Opens figure={level.in_time}>{t`In time: ${format.number(level.in_time.count)}`}</Opens>
        <Opens figure={level.late}>{t`Late: ${format.number(level.late.count)}`}</Opens>
      </p>
    </div>
  );
}

function Opens({ figure, children }: { figure: BoardFigure; children: ReactNode }) {
  return (
    <Link to={`/app/v/${figure.view}`} className={styles.small}>
      {children}
    </Link>
  );
}
