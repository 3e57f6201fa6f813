import type { LinkedTicket, Ticket } from '@evenkeel/api';
import { Button, IconButton } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { CheckCheck, X } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'react-router';
import { statusLabel } from '../../../lib/labels';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { loadTicket, loadTimeline } from '../../../store/sync';
import styles from './Tickets.module.css';

const SolveTogether = lazy(() => import('./SolveTogether'));

/** Incidents of a problem that still have work to do. */
export const openIncidents = ({ linked }: Ticket): LinkedTicket[] =>
  linked.filter((it) => it.kind === 'incident' && it.status !== 'solved' && it.status !== 'closed');

/** The tickets that belong to this one, each with how far it is and the end of its link. */
export function Linked({ ticket }: { ticket: Ticket }) {
  const [solves, setSolves] = useState(false);
  const open = openIncidents(ticket).length;
  const unlink = async (other: number) => {
    try {
      await api.tickets.unlink(ticket.id, other);
      await Promise.all([loadTicket(ticket.id), loadTimeline(ticket.id)]);
    } catch (error) {
      tellRefusal(error);
    }
  };
  return (
    <>
      {ticket.linked.map((other) => (
        <span key={other.id} className={styles.linked}>
          <Link to={`/app/t/${other.id}`} dir="auto">
            {linkLabel(other)}
          </Link>
          <span className={styles.state}>{statusLabel(other.status)}</span>
          {ticket.may.update && other.may_unlink && (
            <IconButton
              size="s"
              label={t`End the link with #${other.id}`}
              icon={<X size={14} aria-hidden />}
              onPress={() => void unlink(other.id)}
            />
          )}
        </span>
      ))}
      {ticket.may.update && open > 0 && (
        <Button
          size="s"
          icon={<CheckCheck size={15} aria-hidden />}
          onPress={() => setSolves(true)}
        >
          {plural(open, { one: 'Solve with # incident…', other: 'Solve with # incidents…' })}
        </Button>
      )}
      {solves && (
        <Suspense>
          <SolveTogether ticket={ticket} count={open} onClose={() => setSolves(false)} />
        </Suspense>
      )}
    </>
  );
}

function linkLabel({ kind, subject }: LinkedTicket): string {
  switch (kind) {
    case 'followup':
      return t`Follow-up: ${subject}`;
    case 'forward':
      return t`Forward: ${subject}`;
    case 'side':
      return t`Side conversation: ${subject}`;
    case 'split':
      return t`Split off: ${subject}`;
    case 'related':
      return t`Related: ${subject}`;
    case 'child':
      return t`Part of this: ${subject}`;
    case 'parent':
      return t`Belongs to: ${subject}`;
    case 'duplicate':
      return t`Tells the same: ${subject}`;
    case 'original':
      return t`Told before in: ${subject}`;
    case 'incident':
      return t`Case of this problem: ${subject}`;
    case 'problem':
      return t`Caused by: ${subject}`;
  }
}
