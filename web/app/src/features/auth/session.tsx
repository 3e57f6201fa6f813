/**
 * Who is signed in.
 *
 * A session that ends while somebody works keeps their screen (and what they are typing) where it
 * is: the state becomes `expired`, and signing in again continues there.
 */
import { isProblem, type Ability, type Me, type MePatch, type Setup } from '@evenkeel/api';
import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { followLocks } from '../pins/tabs';
import { applyPreferences } from '../settings/preferences';
import { api, onSignedOut } from './client';

export type SessionState =
  | { at: 'loading' }
  | { at: 'unreachable' }
  | { at: 'first_run'; setup: Setup }
  | { at: 'signed_out'; setup: Setup }
  | { at: 'signed_in'; me: Me }
  | { at: 'expired'; me: Me };

type SessionControl = {
  state: SessionState;
  /** Asks the server anew who we are. */
  refresh: () => Promise<void>;
  setMe: (me: Me) => void;
  /** Takes the answer of a sign-in, first run or accepted invitation. */
  enter: (me: Me) => Promise<void>;
  leave: () => Promise<void>;
  /** Hides the screen at once and leaves it to the next person; false when it could not. */
  lock: () => Promise<boolean>;
};

export type Session = {
  me: Me;
  can: (ability: Ability) => boolean;
  /** Takes an answer of the server as what is known about the person now. */
  setMe: (me: Me) => void;
  update: (patch: MePatch) => Promise<Me>;
  signOut: () => Promise<void>;
  lock: () => Promise<boolean>;
};

const ControlContext = createContext<SessionControl | null>(null);
const SessionContext = createContext<Session | null>(null);

async function lookUp(): Promise<SessionState> {
  try {
    const me = await api.me.get();
    await applyPreferences(me.preferences);
    return { at: 'signed_in', me };
  } catch (error) {
    if (!isProblem(error) || error.status !== 401) return { at: 'unreachable' };
  }
  try {
    const setup = await api.setup.get();
    return { at: setup.needed ? 'first_run' : 'signed_out', setup };
  } catch {
    return { at: 'unreachable' };
  }
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ at: 'loading' });
  const current = useRef(state);
  const queries = useQueryClient();

  const show = useCallback((next: SessionState) => {
    current.current = next;
    setState(next);
  }, []);

  const refresh = useCallback(async () => show(await lookUp()), [show]);

  const enter = useCallback(
    async (me: Me) => {
      const before = current.current;
      const known = before.at === 'expired' || before.at === 'signed_in' ? before.me : null;
      if (known && known.agent.id !== me.agent.id) {
        // Somebody else at the same screen must not find a colleague's tickets or drafts in it.
        location.reload();
        return;
      }
      await applyPreferences(me.preferences);
      show({ at: 'signed_in', me });
      await queries.invalidateQueries();
    },
    [queries, show],
  );

  const setMe = useCallback(
    (me: Me) => {
      show({ at: 'signed_in', me });
      void applyPreferences(me.preferences);
    },
    [show],
  );

  const leave = useCallback(async () => {
    await api.session.signOut();
    queries.clear();
    show({ at: 'loading' });
    await refresh();
  }, [queries, refresh, show]);

  const lock = useCallback(async () => {
    const before = current.current;
    show({ at: 'loading' });
    const { lockScreen } = await import('../pins/lock');
    const isLocked = await lockScreen();
    if (!isLocked) show(before);
    return isLocked;
  }, [show]);

  useEffect(followLocks, []);
  useEffect(() => {
    void lookUp().then(show);
    return onSignedOut(() => {
      const { current: now } = current;
      if (now.at === 'signed_in') show({ at: 'expired', me: now.me });
    });
  }, [show]);

  const control = useMemo(
    () => ({ state, refresh, setMe, enter, leave, lock }),
    [state, refresh, setMe, enter, leave, lock],
  );
  return <ControlContext value={control}>{children}</ControlContext>;
}

export function useSessionControl(): SessionControl {
  const control = use(ControlContext);
  if (!control) throw new Error('useSessionControl needs a SessionProvider above it');
  return control;
}

/** Gives the screens below it the signed-in person. */
export function SignedIn({ me, children }: { me: Me; children: ReactNode }) {
  const { setMe, leave, lock } = useSessionControl();
  const session = useMemo<Session>(
    () => ({
      me,
      can: (ability) => me.abilities.includes(ability),
      setMe,
      update: async (patch) => {
        const updated = await api.me.update(patch);
        setMe(updated);
        return updated;
      },
      signOut: leave,
      lock,
    }),
    [me, setMe, leave, lock],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** The signed-in person, for every screen behind the gate. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('useSession is for screens behind the SessionGate');
  return session;
}
