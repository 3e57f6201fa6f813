import type { AgentState } from '@evenkeel/api';
import { Button, Menu } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Handshake } from 'lucide-react';
import { Suspense, useState } from 'react';
import { keysOf } from '../../actions/catalogue';
import { useActions } from '../../actions/registry';
import { later } from '../../i18n';
import { useAgents } from '../../store';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { useSave } from '../forms/useSave';
import { LoadButton } from './LoadButton';
import { LOAD, OFFERS, STATES, useFollowRouting, useStates } from './queries';
import styles from './Routing.module.css';
import { STATES_IN_ORDER, stateLabel, stateMeaning } from './words';

const HandOverDialog = later(() => import('../day/HandOverDialog'));

/** What I am doing now, and the way to change it. */
export default function StateMenu() {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const [handsOver, setHandsOver] = useState(false);
  useFollowRouting();
  const me = useSession().me.agent.id;
  const mine = useStates().data?.items.find(({ agent_id: id }) => id === me);
  const state: AgentState = mine?.state ?? 'offline';
  const choosing = useSave((to: AgentState) => api.states.choose({ state: to, reason: null }), {
    refreshes: [STATES, OFFERS, LOAD],
  });
  useActions({ 'state.menu': () => setOpen(true) });
  return (
    <>
      <div className={styles.state}>
        <Menu
          label={t`What I’m doing`}
          placement="top start"
          isOpen={isOpen}
          onOpenChange={setOpen}
          trigger={
            <Button
              variant="quiet"
              size="s"
              className={styles.stateButton}
              isPending={choosing.isSaving}
              icon={<span className={styles.dot} data-state={state} aria-hidden />}
              aria-label={t`What I’m doing: ${stateLabel(state)}`}
            >
              {stateLabel(state)}
            </Button>
          }
          entries={[
            ...STATES_IN_ORDER.map((each) => ({
              id: each,
              label: stateLabel(each),
              detail: stateMeaning(each),
              isSelected: each === state,
              icon: <span className={styles.dot} data-state={each} aria-hidden />,
              startsGroup: each === 'offline',
              ...(each === state && { keys: keysOf('state.menu') ?? '' }),
              onAction: () => choosing.save(each),
            })),
            {
              id: 'hand-over',
              label: t`Hand over…`,
              detail: t`Pass on what is under way at the end of your shift`,
              icon: <Handshake size={14} aria-hidden />,
              startsGroup: true,
              onAction: () => setHandsOver(true),
            },
          ]}
        />
        <LoadButton />
      </div>
      {handsOver && (
        <Suspense>
          <HandOverDialog onClose={() => setHandsOver(false)} />
        </Suspense>
      )}
      <SetBy lead={mine?.cause === 'lead' ? mine.set_by_id : null} gone={mine?.cause === 'gone'} />
    </>
  );
}

/** Says when it was not my own choice. */
function SetBy({ lead, gone }: { lead: number | null | undefined; gone: boolean }) {
  const agents = useAgents();
  const name = agents.find(({ id }) => id === lead)?.name;
  if (name) {
    return (
      <p className={styles.note} role="status">
        <Trans>{name} chose this for you.</Trans>
      </p>
    );
  }
  if (!gone) return null;
  return (
    <p className={styles.note} role="status">
      <Trans>You were away, so nothing new comes. Choose Available when you’re back.</Trans>
    </p>
  );
}
