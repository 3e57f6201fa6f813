import type { OpenOffer } from '@evenkeel/api';
import { Button, PopoverPanel } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { useFormat } from '../../i18n';
import { useAgents } from '../../store';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { BOARD } from './queries';
import styles from './Board.module.css';

/** What lies before agents just now, and the way to take it back. */
export function OffersOnBoard({ offers }: { offers: readonly OpenOffer[] }) {
  const { t } = useLingui();
  const { number } = useFormat();
  const { can } = useSession();
  const agents = useAgents();
  const taking = useSave((id: number) => api.offers.takeBack(id), { refreshes: [BOARD] });
  if (offers.length === 0) return null;
  return (
    <PopoverPanel
      label={t`Offered just now`}
      className={styles.panel}
      trigger={
        <Button variant="quiet" size="s">
          {t`Offered just now: ${number(offers.length)}`}
        </Button>
      }
    >
      <ul className={styles.list}>
        {offers.map(({ id, ticket_id: ticket, agent_id: agent }) => {
          const name = agents.find((each) => each.id === agent)?.name ?? t`Somebody`;
          return (
            <li key={id} className={styles.row}>
              <Link to={`/app/t/${ticket}`} className={styles.small}>
                {t`Ticket ${ticket}`}
              </Link>
              <bdi className={styles.who}>{name}</bdi>
              {can('queue.lead') && (
                <Button
                  variant="quiet"
                  size="s"
                  aria-label={t`Take ticket ${ticket} back from ${name}`}
                  isDisabled={taking.isSaving}
                  onPress={() => taking.save(id)}
                >
                  {t`Take back`}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <ProblemBanner error={taking.error} />
    </PopoverPanel>
  );
}
