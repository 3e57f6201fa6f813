import { Avatar, Tooltip } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { PenLine } from 'lucide-react';
import { Focusable } from 'react-aria-components/Tooltip';
import { useStore } from '../../../store';
import type { Present } from '../../../store/state';
import styles from './Conversation.module.css';

const NOBODY: readonly Present[] = [];

/** Which colleagues look at this ticket now, and who is writing. */
export function Presence({ id }: { id: number }) {
  const present = useStore((state) => state.presence.get(id)) ?? NOBODY;
  const agents = useStore((state) => state.agents);
  const people = present.flatMap(({ id: agentId, state }) => {
    const agent = agents.find((each) => each.id === agentId);
    return agent ? [{ name: agent.name, id: agentId, isWriting: state === 'writing' }] : [];
  });
  return (
    <ul className={styles.presence} aria-live="polite" aria-label={t`Colleagues here`}>
      {people.map(({ id: agentId, name, isWriting }) => {
        const words = isWriting ? t`${name} is writing` : t`${name} is looking at this`;
        return (
          <li key={agentId}>
            <Tooltip text={words}>
              <Focusable>
                <span
                  className={styles.present}
                  data-writing={isWriting || undefined}
                  role="img"
                  aria-label={words}
                  tabIndex={0}
                >
                  <Avatar name={name} size={24} />
                  {isWriting && (
                    <span className={styles.pen}>
                      <PenLine size={10} aria-hidden />
                    </span>
                  )}
                </span>
              </Focusable>
            </Tooltip>
          </li>
        );
      })}
    </ul>
  );
}
