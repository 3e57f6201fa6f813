import type { TicketAbuse } from '@evenkeel/api';
import { Badge } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useFormat } from '../../../i18n';
import { abuseStepLabel } from '../../../lib/careWords';
import { useTicketAbuse } from './useTicketAbuse';
import styles from './Abuse.module.css';

/** What was done about abuse by this customer; nothing when there was none. */
export function Ladder({ ticketId }: { ticketId: number }) {
  const abuse = useTicketAbuse(ticketId);
  if (!abuse || abuse.steps.length === 0) return null;
  return (
    <section aria-label={t`Protection from abuse`}>
      <h3 className={styles.title}>{t`Protection from abuse`}</h3>
      <ul className={styles.ladder}>
        {abuse.steps.map((step) => (
          <Line key={step.id} step={step} />
        ))}
      </ul>
    </section>
  );
}

function Line({ step }: { step: TicketAbuse['steps'][number] }) {
  const { date } = useFormat();
  const when = date(step.at);
  return (
    <li>
      <Badge tone={step.in_force ? 'warn' : undefined}>{abuseStepLabel(step.step)}</Badge>
      <span>{when}</span>
      {step.ends_at && step.in_force && <span>{t`until ${date(step.ends_at)}`}</span>}
      {step.lifted_at && <span>{t`lifted on ${date(step.lifted_at)}`}</span>}
      {step.appeal && !step.appeal.decision && <span>{t`The customer objects`}</span>}
      {step.reason && <bdi>{step.reason}</bdi>}
    </li>
  );
}
