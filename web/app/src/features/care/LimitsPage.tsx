import type { AbuseStepTaken, AppealDecision, WaitingAppeal } from '@evenkeel/api';
import { Badge, Button, EmptyState, Page, TextArea } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Scale, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useFormat } from '../../i18n';
import { abuseStepLabel } from '../../lib/careWords';
import { KEYS } from '../admin/queries';
import { api } from '../auth/client';
import { FormDialog } from '../forms/FormDialog';
import { LoadedPages } from '../forms/LoadedPages';
import { usePages } from '../forms/usePages';
import { useSave } from '../forms/useSave';
import styles from './Care.module.css';

type Deciding =
  { what: 'lift'; step: AbuseStepTaken } | { what: AppealDecision; appeal: WaitingAppeal };

/** Who is limited now, and who objects. */
export function LimitsPage() {
  const [deciding, setDeciding] = useState<Deciding | null>(null);
  const appeals = usePages([...KEYS.abuse, 'appeals'], (paging, signal) =>
    api.abuse.appeals(paging, signal),
  );
  const limits = usePages([...KEYS.abuse, 'limits'], (paging, signal) =>
    api.abuse.limits(paging, signal),
  );
  return (
    <Page
      title={t`Restrictions and appeals`}
      description={
        <Trans>
          What a blocked customer sends is kept and laid aside, and an emergency always gets
          through. Everything here ends by itself.
        </Trans>
      }
      wide
    >
      <h2 className={styles.heading}>{t`Appeals`}</h2>
      <LoadedPages
        query={appeals}
        empty={
          <EmptyState icon={<Scale size={22} />} title={t`No appeal waits`}>
            <Trans>When a customer objects, you find it here.</Trans>
          </EmptyState>
        }
      >
        {(items) => (
          <ul className={styles.list}>
            {items.map((item) => (
              <Appeal key={item.step.id} item={item} onDecide={setDeciding} />
            ))}
          </ul>
        )}
      </LoadedPages>
      <h2 className={styles.heading}>{t`In force`}</h2>
      <LoadedPages
        query={limits}
        empty={
          <EmptyState icon={<ShieldCheck size={22} />} title={t`Nobody is restricted`}>
            <Trans>Restrictions and blocks that are in force stand here.</Trans>
          </EmptyState>
        }
      >
        {(items) => (
          <ul className={styles.list}>
            {items.map((step) => (
              <li key={step.id} className={styles.item}>
                <StepLine step={step} />
                <div className={styles.choices}>
                  <Button size="s" onPress={() => setDeciding({ what: 'lift', step })}>
                    {t`Lift`}
                  </Button>
                </div>
              </li>
            ))}
          </ul>
        )}
      </LoadedPages>
      {deciding && <Decide deciding={deciding} onClose={() => setDeciding(null)} />}
    </Page>
  );
}

function StepLine({ step }: { step: AbuseStepTaken }) {
  const { date, number } = useFormat();
  return (
    <>
      <div className={styles.meta}>
        <strong dir="auto">{step.customer_name}</strong>
        <Badge tone="warn">{abuseStepLabel(step.step)}</Badge>
        {step.ends_at && <span>{t`until ${date(step.ends_at)}`}</span>}
        <span>{t`Mails laid aside: ${number(step.aside_count)}`}</span>
        {step.last_ticket_id !== null && (
          <Link to={`/app/t/${step.last_ticket_id}`}>{t`Ticket #${step.last_ticket_id}`}</Link>
        )}
      </div>
      {step.reason && (
        <p className={styles.text} dir="auto">
          {step.reason}
        </p>
      )}
    </>
  );
}

function Appeal({
  item,
  onDecide,
}: {
  item: WaitingAppeal;
  onDecide: (deciding: Deciding) => void;
}) {
  return (
    <li className={styles.item}>
      <StepLine step={item.step} />
      <blockquote className={styles.text} dir="auto">
        {item.step.appeal?.text}
      </blockquote>
      {item.involved ? (
        <p className={styles.meta}>{t`You had a part in this; somebody else has to decide it.`}</p>
      ) : (
        <div className={styles.choices}>
          <Button size="s" onPress={() => onDecide({ what: 'lift', appeal: item })}>
            {t`It ends`}
          </Button>
          <Button size="s" onPress={() => onDecide({ what: 'uphold', appeal: item })}>
            {t`It stays`}
          </Button>
        </div>
      )}
    </li>
  );
}

function Decide({ deciding, onClose }: { deciding: Deciding; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const saving = useSave(
    async () => {
      if ('step' in deciding) return api.abuse.lift(deciding.step.id, reason);
      const { appeal } = deciding.appeal.step;
      if (!appeal) return;
      const { id, version } = appeal;
      return api.abuse.decide(id, { version, decision: deciding.what, reason });
    },
    { refreshes: [KEYS.abuse], onSaved: onClose },
  );
  const ends = deciding.what === 'lift';
  return (
    <FormDialog
      title={ends ? t`End it before its time?` : t`Let it stay?`}
      action={ends ? t`End it` : t`Let it stay`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={reason.trim() === ''}
      error={saving.error}
      fields={['reason']}
    >
      <TextArea
        label={t`Why?`}
        description={t`Kept with the step; the customer is told the outcome.`}
        value={reason}
        onChange={setReason}
        errorMessage={saving.words('reason')}
        isRequired
        autoFocus
      />
    </FormDialog>
  );
}
