import type { AgentState } from '@evenkeel/api';
import { Avatar, Button, Menu, PopoverPanel } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useFormat } from '../../i18n';
import { useAgents } from '../../store';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { STATES } from '../routing/queries';
import { STATES_IN_ORDER, stateLabel, stateMeaning } from '../routing/words';
import { BOARD } from './queries';
import styles from './Board.module.css';

type PeopleInStateProps = { state: AgentState; ids: readonly number[] };

/** How many are in a state; their names on opening, by the alphabet: nobody is ranked. */
export function PeopleInState({ state, ids }: PeopleInStateProps) {
  const { t } = useLingui();
  const { number } = useFormat();
  const { can, me } = useSession();
  const agents = useAgents();
  const people = agents
    .filter(({ id }) => ids.includes(id))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const choosing = useSave(
    ({ id, to }: { id: number; to: AgentState }) =>
      api.states.chooseFor(id, { state: to, reason: null }),
    { refreshes: [BOARD, STATES] },
  );
  const label = stateLabel(state);
  // Nobody is made available by somebody else.
  const choices = STATES_IN_ORDER.filter((each) => each !== 'available' && each !== state);
  return (
    <PopoverPanel
      label={t`Who is in this state: ${label}`}
      className={styles.panel}
      trigger={
        <Button variant="quiet" size="s">
          <span className={styles.dot} data-state={state} aria-hidden />
          {label} {number(ids.length)}
        </Button>
      }
    >
      <ul className={styles.list}>
        {people.map(({ id, name }) => (
          <li key={id} className={styles.row}>
            <Avatar name={name} size={24} />
            <bdi className={styles.who}>{name}</bdi>
            {can('queue.lead') && id !== me.agent.id && choices.length > 0 && (
              <Menu
                label={t`What ${name} does from now on`}
                trigger={
                  <Button variant="quiet" size="s" isDisabled={choosing.isSaving}>
                    {t`Change`}
                  </Button>
                }
                entries={choices.map((to) => ({
                  id: to,
                  label: stateLabel(to),
                  detail: stateMeaning(to),
                  startsGroup: to === 'offline',
                  onAction: () => choosing.save({ id, to }),
                }))}
              />
            )}
          </li>
        ))}
      </ul>
      <ProblemBanner error={choosing.error} />
    </PopoverPanel>
  );
}
