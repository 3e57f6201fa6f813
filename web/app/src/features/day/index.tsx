/** What waits for one person today. Mounted at /app/day. */
import type { Absence, Day as DayData, Promised, SideConversation } from '@evenkeel/api';
import { Button, EmptyState, FormSection, Page } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Coffee } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useFormat, useNow } from '../../i18n';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { Loaded } from '../forms/Loaded';
import { useSave } from '../forms/useSave';
import { useAgents } from '../../store';
import { SideDialog, useWhom } from '../workspace/together/SideConversations';
import { ABSENCES, DAY, useDay } from '../workspace/together/queries';
import { AwayDialog } from './AwayDialog';
import { HandOvers } from './HandOvers';
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
      <HandOvers />
      <Loaded query={day}>{(data) => <Parts day={data} />}</Loaded>
      {plansAway && <AwayDialog onClose={() => setPlansAway(false)} />}
    </Page>
  );
}

function Parts({ day }: { day: DayData }) {
  const { t } = useLingui();
  const { promises, absences, escalations, tasks, side_conversations: sides } = day;
  return (
    <>
      {promises.length + sides.length + escalations.length + tasks.length === 0 && (
        <EmptyState icon={<Coffee size={22} />} title={t`Nothing waits for you`}>
          <Trans>Promises you make on tickets appear here, the next first.</Trans>
        </EmptyState>
      )}
      {escalations.length > 0 && (
        <FormSection title={t`Escalated to you`}>
          <ul className={styles.list}>
            {escalations.map((escalation) => (
              <li key={escalation.id}>
                <WorkLink
                  ticketId={escalation.ticket_id}
                  words={escalation.note.summary}
                  subject={escalation.subject}
                  at={escalation.due_at}
                />
              </li>
            ))}
          </ul>
        </FormSection>
      )}
      {tasks.length > 0 && (
        <FormSection title={t`To do`}>
          <ul className={styles.list}>
            {tasks.map((task) => (
              <li key={task.id}>
                <WorkLink
                  ticketId={task.ticket_id}
                  words={task.title}
                  subject={task.subject}
                  at={task.due_at}
                />
              </li>
            ))}
          </ul>
        </FormSection>
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
      {sides.length > 0 && (
        <FormSection title={t`Side conversations`}>
          <ul className={styles.list}>
            {sides.map((side) => (
              <li key={side.id}>
                <SideLink side={side} />
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

type WorkLinkProps = { ticketId: number; words: string; subject: string; at: string | null };

function WorkLink({ ticketId, words, subject, at }: WorkLinkProps) {
  const { t } = useLingui();
  const { dateTime } = useFormat();
  const now = useNow();
  const isDue = at !== null && new Date(at).getTime() < now;
  return (
    <Link to={`/app/v/all/t/${ticketId}`} className={styles.item}>
      <span dir="auto">{words}</span>
      <span className={styles.line}>
        {at && <span className={isDue ? styles.due : undefined}>{dateTime(at)} · </span>}
        <bdi>{subject || t`(no subject)`}</bdi>
      </span>
    </Link>
  );
}

function SideLink({ side }: { side: SideConversation }) {
  const { t } = useLingui();
  const { dateTime } = useFormat();
  const { me } = useSession();
  const whom = useWhom()(side);
  const owner = useAgents().find(({ id }) => id === side.owner_id)?.name ?? '';
  const [isOpen, setIsOpen] = useState(false);
  const isMine = side.owner_id === me.agent.id;
  const needsMe = isMine ? side.waits_for === 'us' : side.waits_for === 'them';
  const ticket = side.ticket_id;
  return (
    <div className={styles.item}>
      <Button variant="quiet" onPress={() => setIsOpen(true)}>
        <bdi>{side.subject}</bdi>
      </Button>
      <span className={styles.line}>
        {needsMe && <span className={styles.due}>{t`Waits for you`} · </span>}
        {isMine ? t`with ${whom}` : t`${owner} asks`} · {dateTime(side.last_at)} ·{' '}
        <Link to={`/app/v/all/t/${ticket}`}>{t`Ticket ${ticket}`}</Link>
      </span>
      {isOpen && <SideDialog id={side.id} title={side.subject} onClose={() => setIsOpen(false)} />}
    </div>
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
