/** What waits for one person today. Mounted at /app/day. */
import type { Absence, Day as DayData, Promised } from '@evenkeel/api';
import { Button, EmptyState, FormSection, Page } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Coffee } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useFormat } from '../../i18n';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { Loaded } from '../forms/Loaded';
import { useSave } from '../forms/useSave';
import { useAgents } from '../../store';
import { ABSENCES, DAY, useDay } from '../workspace/together/queries';
import { AwayDialog } from './AwayDialog';
import styles from './Day.module.css';

export default function Day() {
  const { t } = useLingui();
  const day = useDay();
  const [plansAway, setPlansAway] = useState(false);
  return (
    <Page
      title={t`My day`}
      description={<Trans>What you promised and what colleagues need from you.</Trans>}
      actions={
        <Button onPress={() => setPlansAway(true)}>
          <Trans>I will be away</Trans>
        </Button>
      }
    >
      <Loaded query={day}>{(data) => <Parts day={data} />}</Loaded>
      {plansAway && <AwayDialog onClose={() => setPlansAway(false)} />}
    </Page>
  );
}

function Parts({ day }: { day: DayData }) {
  const { t } = useLingui();
  const { promises, absences } = day;
  return (
    <>
      {promises.length === 0 && (
        <EmptyState icon={<Coffee size={22} />} title={t`Nothing waits for you`}>
          <Trans>Promises you make on tickets appear here, the next first.</Trans>
        </EmptyState>
      )}
      {promises.length > 0 && (
        <FormSection title={t`Promises`}>
          <ul className={styles.list}>
            {promises.map((promise) => (
              <li key={promise.id}>
                <PromiseLink promise={promise} />
              </li>
            ))}
          </ul>
        </FormSection>
      )}
      {absences.length > 0 && (
        <FormSection title={t`Away`}>
          {absences.map((absence) => (
            <AbsenceLine key={absence.id} absence={absence} />
          ))}
        </FormSection>
      )}
    </>
  );
}

function PromiseLink({ promise }: { promise: Promised }) {
  const { t } = useLingui();
  const { dateTime } = useFormat();
  const { me } = useSession();
  const agents = useAgents();
  const owner = agents.find(({ id }) => id === promise.owner_id)?.name ?? '';
  const when = dateTime(promise.due_at);
  return (
    <Link to={`/app/v/all/t/${promise.ticket_id}`} className={styles.item}>
      <span dir="auto">{promise.note}</span>
      <span className={styles.line}>
        <span className={promise.state === 'due' ? styles.due : undefined}>{when}</span>
        {' · '}
        <bdi>{promise.subject || t`(no subject)`}</bdi>
        {promise.owner_id !== me.agent.id && <> · {t`for ${owner}`}</>}
      </span>
    </Link>
  );
}

function AbsenceLine({ absence }: { absence: Absence }) {
  const { t } = useLingui();
  const { dateTime } = useFormat();
  const { me } = useSession();
  const agents = useAgents();
  const name = (id: number | null) => agents.find((agent) => agent.id === id)?.name ?? '';
  const ending = useSave(() => api.absences.delete(absence.id), { refreshes: [DAY, ABSENCES] });
  const [from, to] = [dateTime(absence.from), dateTime(absence.to)];
  const isMine = absence.agent_id === me.agent.id;
  const away = name(absence.agent_id);
  const standIn = name(absence.stand_in_id);
  return (
    <div className={styles.absence}>
      <div>
        <p>
          {!isMine && t`You stand in for ${away}`}
          {isMine && (absence.stand_in_id ? t`${standIn} stands in for you` : t`You are away`)}
        </p>
        <p className={styles.line}>{t`${from} to ${to}`}</p>
      </div>
      {isMine && (
        <Button size="s" isPending={ending.isSaving} onPress={() => ending.save(undefined)}>
          <Trans>I am here</Trans>
        </Button>
      )}
    </div>
  );
}
