import { Spinner } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, type ReactNode } from 'react';
import styles from './SessionGate.module.css';
import { SignedIn, useSessionControl } from './session';

// Most visits are by people already signed in: they never load these.
const Setup = lazy(async () => ({ default: (await import('./Setup')).Setup }));
const LockScreen = lazy(async () => ({ default: (await import('../pins/LockScreen')).LockScreen }));
const SignInAgain = lazy(async () => ({ default: (await import('./SignInAgain')).SignInAgain }));
const Unreachable = lazy(async () => ({ default: (await import('./Unreachable')).Unreachable }));

/**
 * Lets in whoever is signed in. Everybody else sees the page they need in place of the app, at the
 * address they came for, and goes on there.
 */
export function SessionGate({ children }: { children: ReactNode }) {
  const { state, refresh } = useSessionControl();
  switch (state.at) {
    case 'loading':
      return <Opening />;
    case 'signed_in':
    case 'expired':
      return (
        <SignedIn me={state.me}>
          {children}
          {state.at === 'expired' && (
            <Suspense>
              <SignInAgain email={state.me.agent.email} />
            </Suspense>
          )}
        </SignedIn>
      );
    default:
      return (
        <Suspense fallback={<Opening />}>
          {state.at === 'first_run' && <Setup />}
          {state.at === 'signed_out' && <LockScreen setup={state.setup} />}
          {state.at === 'unreachable' && <Unreachable onRetry={() => void refresh()} />}
        </Suspense>
      );
  }
}

function Opening() {
  const { t } = useLingui();
  return (
    <div className={styles.wait}>
      <Spinner size={24} label={t`Opening Evenkeel`} />
    </div>
  );
}
