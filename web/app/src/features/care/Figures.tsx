import type { Share, SurveyFigures } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { useFormat } from '../../i18n';
import styles from './Care.module.css';

/** Figures with what is uncertain about them; where there are too few, it says so. */
export function Figures({ figures, isOwn }: { figures: SurveyFigures; isOwn?: boolean }) {
  const { enough } = figures;
  return (
    <dl className={styles.figures}>
      <Figure label={t`Asked, of all finished tickets`} share={figures.offered} enough={enough} />
      <Figure label={t`Answered, of those asked`} share={figures.answered} enough={enough} />
      <Figure label={t`“Was it solved?” Yes`} share={figures.solved} enough={enough} />
      <Figure label={t`“Was it solved?” Partly`} share={figures.partly} enough={enough} />
      <Figure
        label={isOwn ? t`Treated well or very well, words about you` : t`Treated well or very well`}
        share={figures.treated_well}
        enough={enough}
      />
    </dl>
  );
}

function Figure({ label, share, enough }: { label: string; share: Share; enough: number }) {
  const { number } = useFormat();
  const percent = (part: number) => number(Math.round(part * 100));
  const { count, of, low, high } = share;
  const known = share.share;
  if (known === null || low === null || high === null) {
    return (
      <div className={styles.figure}>
        <dt>{label}</dt>
        <dd>
          <span className={styles.value}>{t`${number(count)} of ${number(of)}`}</span>
          <span className={styles.uncertain}>
            {t`Too few to say. From ${number(enough)} on, there is a share.`}
          </span>
        </dd>
      </div>
    );
  }
  return (
    <div className={styles.figure}>
      <dt>{label}</dt>
      <dd>
        <span className={styles.value}>{t`${percent(known)}%`}</span>
        <span className={styles.track} aria-hidden>
          <span
            className={styles.range}
            style={{ insetInlineStart: `${low * 100}%`, inlineSize: `${(high - low) * 100}%` }}
          />
          <span className={styles.point} style={{ insetInlineStart: `${known * 100}%` }} />
        </span>
        <span className={styles.uncertain}>
          {t`${number(count)} of ${number(of)}; likely between ${percent(low)}% and ${percent(high)}%`}
        </span>
      </dd>
    </div>
  );
}
