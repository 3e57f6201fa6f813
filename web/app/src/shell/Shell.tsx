import { Spinner, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Navigate, Route, Routes, useLocation, useNavigate, useParams } from 'react-router';
import { useActions, useShortcuts } from '../actions/registry';
import { useTurns } from '../features/pins/turns';
import { Workspace } from '../features/workspace/Workspace';
import { later } from '../i18n';
import { useSession } from '../session';
import { actAs, undoLast } from '../store/commands';
import { startSync } from '../store/sync';
import { ConnectionBanner } from './ConnectionBanner';
import { Place } from './Place';
import { Sidebar } from './Sidebar';
import { ShellContext } from './context';
import styles from './Shell.module.css';

const Admin = later(() => import('../features/admin'));
const Board = later(() => import('../features/board'));
const Care = later(() => import('../features/care'));
const Settings = later(() => import('../features/settings'));
const Practice = later(() => import('../features/practice'));
const Day = later(() => import('../features/day'));
const Notifications = lazy(() => import('../features/notifications'));
const OfferCard = later(() => import('../features/routing/OfferCard'));
const Palette = lazy(() => import('./Palette'));
const ShortcutHelp = lazy(() => import('./ShortcutHelp'));
const NewTicket = later(() => import('../features/workspace/tickets/NewTicket'));

type Opened = 'palette' | 'help' | 'new' | null;

/** The signed-in app: sidebar, the screen the URL names, and what lies over it. */
export function Shell() {
  const { me, update, can, lock } = useSession();
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Opened>(null);
  const [navOpen, setNavOpen] = useState(false);
  const { pathname } = useLocation();
  const [lastPath, setLastPath] = useState(pathname);
  if (lastPath !== pathname) {
    setLastPath(pathname);
    setNavOpen(false);
  }

  const agentId = me.agent.id;
  useEffect(() => {
    actAs(agentId);
    return startSync(agentId);
  }, [agentId]);

  // What is typed while a window is still loading is meant for it.
  useShortcuts(me.preferences.shortcuts && opened === null);
  useEffect(() => void import('./Palette'), []);
  const isDark = () => getComputedStyle(document.documentElement).colorScheme.startsWith('dark');
  const turns = useTurns();
  const leaveScreen = async () => {
    if (await lock()) return;
    toast({ text: t`Not locked: something isn’t saved yet. Try again, or sign out.`, tone: 'bad' });
  };
  const go = (path: string) => () => void navigate(path);
  useActions({
    'app.palette': () => setOpened('palette'),
    'app.help': () => setOpened('help'),
    'app.lock': { run: () => void leaveScreen(), when: () => turns.shared },
    'app.theme': () => {
      const { theme } = me.preferences;
      const dark = theme === 'dark' || (theme === 'system' && isDark());
      void update({ preferences: { theme: dark ? 'light' : 'dark' } });
    },
    'ticket.new': { run: () => setOpened('new'), when: () => can('ticket.create') },
    'go.mine': go('/app/v/mine'),
    'go.mentions': go('/app/v/mentions'),
    'go.unassigned': go('/app/v/unassigned'),
    'go.all': go('/app/v/all'),
    'go.board': { run: go('/app/board'), when: () => can('board.read') },
    'go.care': go('/app/care'),
    'go.settings': go('/app/settings'),
    'go.admin': { run: go('/app/admin'), when: () => can('team.manage') },
    undo: () => void undoLast(),
  });

  const close = (isOpen: boolean) => !isOpen && setOpened(null);
  return (
    <ShellContext value={{ openNav: () => setNavOpen(true) }}>
      <div className={styles.shell} data-nav={navOpen || undefined}>
        <a href="#main" className={styles.skip}>{t`Skip to the tickets`}</a>
        <Sidebar onClose={() => setNavOpen(false)} isOpen={navOpen} />
        <main className={styles.main} id="main" tabIndex={-1}>
          <ConnectionBanner />
          {can('ticket.update') && (
            <Suspense>
              <OfferCard />
            </Suspense>
          )}
          <div className={styles.screen}>
            <Screens
              isDemo={me.workspace.demo}
              workspace={me.workspace.name}
              seesBoard={can('board.read')}
            />
          </div>
        </main>
      </div>
      <Suspense>
        {opened === 'palette' && <Palette onOpenChange={close} />}
        {opened === 'help' && <ShortcutHelp onOpenChange={close} />}
        {opened === 'new' && <NewTicket onOpenChange={close} />}
      </Suspense>
    </ShellContext>
  );
}

type ScreensProps = { isDemo: boolean; workspace: string; seesBoard: boolean };

function Screens({ isDemo, workspace, seesBoard }: ScreensProps) {
  return (
    <Routes>
      <Route path="v/:view" element={<Workspace />} />
      <Route path="v/:view/t/:ticket" element={<Workspace />} />
      <Route path="t/:ticket" element={<ToTicket />} />
      <Route element={<Place name={workspace} waiting={<Waiting />} />}>
        <Route path="admin/*" element={<Admin />} />
        {seesBoard && <Route path="board" element={<Board />} />}
        <Route path="care/*" element={<Care />} />
        <Route path="settings/*" element={<Settings />} />
        <Route path="notifications" element={<Notifications />} />
        <Route path="day" element={<Day />} />
        {isDemo && <Route path="practice/*" element={<Practice />} />}
      </Route>
      <Route path="*" element={<Navigate to="/app/v/mine" replace />} />
    </Routes>
  );
}

function ToTicket() {
  const { ticket } = useParams();
  return <Navigate to={`/app/v/all/t/${ticket}`} replace />;
}

function Waiting() {
  return (
    <div className={styles.waiting}>
      <Spinner size={24} label={t`Loading`} />
    </div>
  );
}
