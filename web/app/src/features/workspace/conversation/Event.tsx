import type { EventItem } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { useFormat } from '../../../i18n';
import { useAgents, useFields, useInboxes, useTags, useTeams } from '../../../store';
import { valueWords } from '../fields/values';
import { eventSentences, type EventNames } from './events';
import { WhyRule } from './WhyRule';
import styles from './Conversation.module.css';

/** Something that happened to the ticket, in a sentence. */
export function Event({ ticket, event }: { ticket: number; event: EventItem }) {
  const agents = useAgents();
  const teams = useTeams();
  const tags = useTags();
  const inboxes = useInboxes();
  const fields = useFields();
  const format = useFormat();
  const names: EventNames = {
    agent: (id) => agents.find((agent) => agent.id === id)?.name ?? t`somebody`,
    team: (id) => teams.find((team) => team.id === id)?.name ?? t`a team`,
    tag: (tag) => tags.find((each) => each.id === tag)?.name ?? String(tag),
    inbox: (id) => inboxes.find((inbox) => inbox.id === id)?.address ?? t`another inbox`,
    field: (id, value) => {
      const field = fields.find((each) => each.id === id);
      return {
        label: field?.label ?? t`a deleted field`,
        value: field ? valueWords(field, value, format) : String(value),
      };
    },
    time: (time) => format.dateTime(time),
    list: (items) => format.list(items),
  };
  const sentences = eventSentences(event, names);
  if (sentences.length === 0) return null;
  return (
    <p className={styles.event}>
      <span className={styles.eventWords}>
        <span dir="auto">{sentences.join(' · ')}</span>
        {event.actor.type === 'rule' && <WhyRule ticket={ticket} event={event} />}
      </span>
      <time dateTime={event.at} title={format.dateTime(event.at)}>
        {format.time(event.at)}
      </time>
    </p>
  );
}
