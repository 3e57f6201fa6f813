import type { Ticket } from '@evenkeel/api';
import { Badge, Button, IconButton, Menu } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import {
  ArrowLeft,
  CheckCheck,
  Copy,
  Ellipsis,
  Eye,
  EyeOff,
  Forward as ForwardIcon,
  MailOpen,
  Link2,
  Merge,
  OctagonAlert,
  PanelRight,
  Trash2,
  Undo2,
  Users,
} from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { keysOf } from '../../../actions/catalogue';
import { useSession } from '../../../session';
import { markUnread, watch } from '../../../store/commands';
import { Merged } from '../merges/Merged';
import { Linked } from '../tickets/Linked';
import { Presence } from './Presence';
import { Properties } from './Properties';
import { Snooze } from './Snooze';
import { Subject } from './Subject';
import { moveTo, setStatus, type Pickers } from './useTicketActions';
import styles from './Conversation.module.css';

const MergeDialog = lazy(() => import('../merges/MergeDialog'));
const LinkDialog = lazy(() => import('../tickets/LinkDialog'));
const People = lazy(() => import('../tickets/People'));

interface HeaderProps {
  ticket: Ticket;
  pickers: Pickers;
  onBack: () => void;
  onForward: () => void;
  showsCustomer: boolean;
  onShowCustomer: (shows: boolean) => void;
}

/** What the ticket is about, whose it is and what can be done with it. */
export function Header(props: HeaderProps) {
  const { ticket, pickers } = props;
  const [editsPeople, setEditsPeople] = useState(false);
  const [merges, setMerges] = useState(false);
  const [links, setLinks] = useState(false);
  const isActive = ticket.status !== 'solved' && ticket.status !== 'closed';
  return (
    <header className={styles.header}>
      <div className={styles.top}>
        <IconButton
          className={styles.back}
          label={t`Back to the list`}
          keys={keysOf('ticket.back')}
          icon={<ArrowLeft size={18} className="mirror" aria-hidden />}
          onPress={props.onBack}
        />
        <Subject ticket={ticket} />
        <div className={styles.tools}>
          <Presence id={ticket.id} />
          {ticket.may.update && <Snooze ticket={ticket} pickers={pickers} />}
          {ticket.may.update && isActive && (
            <Button
              size="s"
              className={styles.solve}
              icon={<CheckCheck size={16} aria-hidden />}
              onPress={() => setStatus(ticket, 'solved')}
            >
              {t`Solve`}
            </Button>
          )}
          <More
            ticket={ticket}
            onForward={props.onForward}
            onPeople={() => setEditsPeople(true)}
            onMerge={() => setMerges(true)}
            onLink={() => setLinks(true)}
          />
          <IconButton
            className={styles.customerToggle}
            size="s"
            label={props.showsCustomer ? t`Hide the customer` : t`Show the customer`}
            isSelected={props.showsCustomer}
            icon={<PanelRight size={17} className="mirror" aria-hidden />}
            onPress={() => props.onShowCustomer(!props.showsCustomer)}
          />
        </div>
      </div>
      <Properties ticket={ticket} pickers={pickers} />
      <Context ticket={ticket} onPeople={() => setEditsPeople(true)} />
      {merges && (
        <Suspense>
          <MergeDialog ticket={ticket} onClose={() => setMerges(false)} />
        </Suspense>
      )}
      {links && (
        <Suspense>
          <LinkDialog ticket={ticket} onClose={() => setLinks(false)} />
        </Suspense>
      )}
      {editsPeople && (
        <Suspense>
          <People ticket={ticket} onOpenChange={(isOpen) => !isOpen && setEditsPeople(false)} />
        </Suspense>
      )}
    </header>
  );
}

/** Where the ticket lies when it isn't on the desk, who else gets copies, what it is linked to. */
function Context({ ticket, onPeople }: { ticket: Ticket; onPeople: () => void }) {
  const isAside = ticket.place !== 'desk';
  const stands = ticket.cc.length + ticket.linked.length + ticket.merged.length;
  if (!isAside && stands === 0) return null;
  return (
    <div className={styles.context}>
      {isAside && (
        <Badge tone={ticket.place === 'bulk' || ticket.place === 'side' ? 'neutral' : 'bad'}>
          {asideLabel(ticket.place)}
        </Badge>
      )}
      {isAside && ticket.may.trash && (
        <Button
          size="s"
          icon={<Undo2 size={15} aria-hidden />}
          onPress={() => moveTo(ticket, 'desk')}
        >
          {t`Restore`}
        </Button>
      )}
      {ticket.cc.length > 0 && (
        <Button size="s" variant="quiet" onPress={onPeople} icon={<Users size={15} aria-hidden />}>
          <span className={styles.copies} dir="auto">
            {t`Copies: ${ticket.cc.map((person) => person.name || person.email).join(', ')}`}
          </span>
        </Button>
      )}
      <Linked ticket={ticket} />
      <Merged ticket={ticket} />
    </div>
  );
}

function asideLabel(place: Ticket['place']): string {
  if (place === 'bulk') return t`Bulk mail`;
  if (place === 'side') return t`Side conversation`;
  return place === 'spam' ? t`In spam` : t`In the trash`;
}

interface MoreProps {
  ticket: Ticket;
  onForward: () => void;
  onPeople: () => void;
  onMerge: () => void;
  onLink: () => void;
}

function More({ ticket, onForward, onPeople, onMerge, onLink }: MoreProps) {
  const { me } = useSession();
  const { may, place } = ticket;
  const watches = ticket.watchers.includes(me.agent.id);
  const icon = { size: 16, 'aria-hidden': true } as const;
  return (
    <Menu
      label={t`More for this ticket`}
      placement="bottom end"
      trigger={
        <IconButton
          size="s"
          label={t`More for this ticket`}
          icon={<Ellipsis size={18} aria-hidden />}
        />
      }
      entries={[
        {
          id: 'unread',
          label: t`Mark as unread`,
          icon: <MailOpen {...icon} />,
          keys: keysOf('ticket.unread'),
          onAction: () => void markUnread(ticket.id),
        },
        {
          id: 'watch',
          label: watches ? t`Stop watching` : t`Watch this ticket`,
          icon: watches ? <EyeOff {...icon} /> : <Eye {...icon} />,
          keys: keysOf('ticket.watch'),
          onAction: () => void watch(ticket.id, me.agent.id, !watches),
        },
        ...(may.update
          ? [
              {
                id: 'people',
                label: t`Requester and copies`,
                icon: <Users {...icon} />,
                onAction: onPeople,
              },
              {
                id: 'merge',
                label: t`Merge with another ticket…`,
                icon: <Merge {...icon} />,
                onAction: onMerge,
              },
              {
                id: 'link-ticket',
                label: t`Link with another ticket…`,
                icon: <Link2 {...icon} />,
                onAction: onLink,
              },
            ]
          : []),
        ...(may.forward
          ? [
              {
                id: 'forward',
                label: t`Forward outside`,
                icon: <ForwardIcon {...icon} />,
                keys: keysOf('write.forward'),
                onAction: onForward,
              },
            ]
          : []),
        {
          id: 'link',
          label: t`Copy the link`,
          icon: <Copy {...icon} />,
          onAction: () =>
            void navigator.clipboard.writeText(`${location.origin}/app/t/${ticket.id}`),
        },
        ...(may.trash && place !== 'spam'
          ? [
              {
                id: 'spam',
                label: t`Mark as spam`,
                icon: <OctagonAlert {...icon} />,
                startsGroup: true,
                onAction: () => moveTo(ticket, 'spam'),
              },
            ]
          : []),
        ...(may.trash && place !== 'trash'
          ? [
              {
                id: 'trash',
                label: t`Move to trash`,
                icon: <Trash2 {...icon} />,
                keys: keysOf('ticket.trash'),
                isDanger: true,
                startsGroup: place === 'spam',
                onAction: () => moveTo(ticket, 'trash'),
              },
            ]
          : []),
      ]}
    />
  );
}
