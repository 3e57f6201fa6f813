import type { HandOver } from '@evenkeel/api';
import { Button, FormSection } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { useFormat, useNow } from '../../i18n';
import { useAgents, useTeams } from '../../store';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { HAND_OVERS, ofToday, useHandOvers } from './handOvers';
import styles from './Day.module.css';

/** What colleagues handed over to me, and what became of what I handed over. */
export function HandOvers() {
  const { t } = useLingui();
  const now = useNow();
  const { data, error } = useHandOvers();
  const shown = ofToday(data?.items ?? [], now);
  if (error) return <ProblemBanner error={error} />;
  if (shown.length === 0) return null;
  return (
    <FormSection title={t`Handed over`}>
      <ul className={styles.list}>
        {shown.map((handOver) => (
          <li key={handOver.id}>
            <HandOverItem handOver={handOver} />
          </li>
        ))}
      </ul>
    </FormSection>
  );
}

function HandOverItem({ handOver }: { handOver: HandOver }) {
  const { t } = useLingui();
  const { dateTime } = useFormat();
  const { me } = useSession();
  const taking = useSave(() => api.handOvers.read(handOver.id), { refreshes: [HAND_OVERS] });
  const isGiven = handOver.from_agent_id === me.agent.id;
  return (
    <article className={styles.item}>
      <Who handOver={handOver} isGiven={isGiven} />
      <span className={styles.line}>{dateTime(handOver.at)}</span>
      {handOver.note && <p dir="auto">{handOver.note}</p>}
      <ul>
        {handOver.tickets.map((ticket) => (
          <li key={ticket.ticket_id}>
            <Link to={`/app/v/all/t/${ticket.ticket_id}`}>
              <bdi>{ticket.subject || t`(no subject)`}</bdi>
            </Link>
            {ticket.note && (
              <span className={styles.line} dir="auto">
                {' · '}
                {ticket.note}
              </span>
            )}
          </li>
        ))}
      </ul>
      <ProblemBanner error={taking.error} />
      {!isGiven && handOver.read_at === null && (
        <div>
          <Button size="s" isPending={taking.isSaving} onPress={() => taking.save(undefined)}>
            <Trans>Thanks, I have it</Trans>
          </Button>
        </div>
      )}
    </article>
  );
}

/** Who gave it to whom, and who has it. */
function Who({ handOver, isGiven }: { handOver: HandOver; isGiven: boolean }) {
  const { t } = useLingui();
  const agents = useAgents();
  const teams = useTeams();
  const agent = (id: number | null) => agents.find((it) => it.id === id)?.name ?? '';
  const giver = agent(handOver.from_agent_id);
  const team = teams.find(({ id }) => id === handOver.to_team_id)?.name;
  const receiver = team ?? agent(handOver.to_agent_id);
  const taker = agent(handOver.read_by_id);
  return (
    <p>
      {isGiven ? t`You handed over to ${receiver}` : t`${giver} hands work over to ${receiver}`}
      {handOver.read_at !== null && <> · {t`${taker} has it`}</>}
    </p>
  );
}
