import type { View, ViewId } from '@evenkeel/api';
import { Avatar, Button, IconButton, Menu } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import {
  AlarmClock,
  AtSign,
  CalendarCheck,
  CircleCheck,
  CircleUser,
  Gauge,
  HeartHandshake,
  Inbox,
  Keyboard,
  ListFilter,
  Lock,
  LogOut,
  MailOpen,
  Newspaper,
  OctagonAlert,
  Plus,
  Search,
  Settings,
  SlidersHorizontal,
  SunMoon,
  Trash2,
  Users,
  UserX,
  X,
  type LucideIcon,
} from 'lucide-react';
import { Suspense } from 'react';
import { NavLink, useLocation, useNavigate } from 'react-router';
import { keysOf } from '../actions/catalogue';
import { runAction } from '../actions/registry';
import { NotificationBell } from '../features/notifications/Bell';
import { useTurns } from '../features/pins/turns';
import { later, useFormat } from '../i18n';
import { viewLabel } from '../lib/labels';
import { useSession } from '../session';
import { useStore } from '../store';
import { Logo } from './Logo';
import styles from './Shell.module.css';

const StateMenu = later(() => import('../features/routing/StateMenu'));

const FIRST: readonly ViewId[] = ['mine', 'mentions', 'unassigned'];
const VIEWS: readonly ViewId[] = ['all', 'snoozed', 'solved', 'bulk', 'spam', 'trash'];
const ICONS: Record<string, LucideIcon> = {
  mine: CircleUser,
  mentions: AtSign,
  unassigned: UserX,
  all: Inbox,
  snoozed: AlarmClock,
  solved: CircleCheck,
  bulk: Newspaper,
  spam: OctagonAlert,
  trash: Trash2,
};

/** Views with their live counts, and the way to everything else. */
export function Sidebar({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { me, can } = useSession();
  const views = useStore((state) => state.views);
  const teams = views.filter((view) => view.id.startsWith('team:'));
  const saved = views.filter((view) => view.saved !== null);
  // The window for it belongs to the lists.
  const canMakeViews = useLocation().pathname.startsWith('/app/v/');
  const item = (id: ViewId) => (
    <ViewLink key={id} id={id} view={views.find((view) => view.id === id)} views={views} />
  );
  return (
    <>
      {isOpen && (
        <button className={styles.curtain} aria-label={t`Close the menu`} onClick={onClose} />
      )}
      <aside className={styles.sidebar} aria-label={t`Views and places`}>
        <div className={styles.brand}>
          <Logo />
          <span className={styles.brandName}>{me.workspace.name}</span>
          <IconButton
            className={styles.close}
            label={t`Close the menu`}
            icon={<X size={18} aria-hidden />}
            onPress={onClose}
          />
        </div>
        <div className={styles.actions}>
          {can('ticket.create') && (
            <Button
              size="s"
              icon={<Plus size={16} aria-hidden />}
              onPress={() => runAction('ticket.new')}
            >
              {t`New ticket`}
            </Button>
          )}
          <IconButton
            size="s"
            label={t`Find anything`}
            keys={keysOf('app.palette')}
            icon={<Search size={16} aria-hidden />}
            onPress={() => runAction('app.palette')}
          />
        </div>
        <nav className={styles.nav} aria-label={t`Views`}>
          <div className={styles.group}>
            {FIRST.map(item)}
            <PlainLink to="/app/day" icon={CalendarCheck} text={t`My day`} />
          </div>
          {teams.length > 0 && (
            <div className={styles.group} role="group" aria-label={t`Teams`}>
              <span className={styles.groupTitle}>{t`Teams`}</span>
              {teams.map((team) => item(team.id))}
            </div>
          )}
          <div className={styles.group} role="group" aria-label={t`Views`}>
            <span className={styles.groupTitle}>{t`Views`}</span>
            {VIEWS.map(item)}
          </div>
          <div className={styles.group} role="group" aria-label={t`Saved views`}>
            <span className={styles.groupTitle}>
              {t`Saved views`}
              {canMakeViews && (
                <IconButton
                  size="s"
                  label={t`New view`}
                  icon={<Plus size={14} aria-hidden />}
                  onPress={() => runAction('view.new')}
                />
              )}
            </span>
            {saved.map((view) => item(view.id))}
          </div>
          <div className={styles.group}>
            {can('board.read') && <PlainLink to="/app/board" icon={Gauge} text={t`Board`} />}
            {me.workspace.demo && (
              <PlainLink to="/app/practice" icon={MailOpen} text={t`Practice mailbox`} />
            )}
            <PlainLink to="/app/care" icon={HeartHandshake} text={t`Customers’ words`} />
            {can('team.manage') && (
              <PlainLink to="/app/admin" icon={SlidersHorizontal} text={t`Administration`} />
            )}
          </div>
        </nav>
        {can('ticket.update') && (
          <Suspense fallback={<div className={styles.stateSpace} />}>
            <StateMenu />
          </Suspense>
        )}
        <div className={styles.foot}>
          <Profile />
          <NotificationBell />
        </div>
      </aside>
    </>
  );
}

function ViewLink({ id, view, views }: { id: ViewId; view?: View; views: readonly View[] }) {
  const { number } = useFormat();
  const Icon = ICONS[id] ?? (id.startsWith('saved:') ? ListFilter : Users);
  const count = view?.count ?? 0;
  const words = plural(count, { one: '# ticket', other: '# tickets' });
  return (
    <NavLink to={`/app/v/${id}`} className={styles.link}>
      <Icon size={17} aria-hidden />
      <span className={styles.linkText}>{viewLabel(id, views)}</span>
      {count > 0 && (
        <span className={styles.count} title={words}>
          {number(count)}
          {view?.capped && '+'}
        </span>
      )}
    </NavLink>
  );
}

function PlainLink({ to, icon: Icon, text }: { to: string; icon: LucideIcon; text: string }) {
  return (
    <NavLink to={to} className={styles.link}>
      <Icon size={17} aria-hidden />
      <span className={styles.linkText}>{text}</span>
    </NavLink>
  );
}

function Profile() {
  const { me, signOut } = useSession();
  const turns = useTurns();
  const navigate = useNavigate();
  return (
    <Menu
      label={t`You`}
      placement="top start"
      trigger={
        <Button
          variant="quiet"
          className={styles.profile}
          icon={<Avatar name={me.agent.name} size={24} />}
        >
          <span className={styles.profileName}>{me.agent.name}</span>
        </Button>
      }
      entries={[
        {
          id: 'settings',
          label: t`Settings`,
          icon: <Settings size={16} aria-hidden />,
          onAction: () => void navigate('/app/settings'),
        },
        {
          id: 'help',
          label: t`Keyboard shortcuts`,
          icon: <Keyboard size={16} aria-hidden />,
          keys: keysOf('app.help'),
          onAction: () => void runAction('app.help'),
        },
        {
          id: 'theme',
          label: t`Switch between light and dark`,
          icon: <SunMoon size={16} aria-hidden />,
          onAction: () => void runAction('app.theme'),
        },
        ...(turns.shared
          ? [
              {
                id: 'lock',
                label: t`Switch person`,
                icon: <Lock size={16} aria-hidden />,
                keys: keysOf('app.lock'),
                startsGroup: true,
                onAction: () => void runAction('app.lock'),
              },
            ]
          : []),
        {
          id: 'out',
          label: t`Sign out`,
          icon: <LogOut size={16} aria-hidden />,
          startsGroup: !turns.shared,
          onAction: () => void signOut(),
        },
      ]}
    />
  );
}
