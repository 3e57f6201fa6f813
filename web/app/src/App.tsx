import { Spinner, Toasts } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { lazy, Suspense } from 'react';
import { RouterProvider } from 'react-aria-components';
import { Navigate, Route, Routes, useHref, useNavigate } from 'react-router';
import { SessionGate } from './features/auth/SessionGate';
import { useLanguage } from './i18n';
import { Shell } from './shell/Shell';
import styles from './App.module.css';

const AcceptInvitation = lazy(async () => ({
  default: (await import('./features/auth')).AcceptInvitation,
}));

/** The whole app. Who is here decides what is shown; the gate asks them in. */
export function App() {
  const navigate = useNavigate();
  return (
    <>
      <RouterProvider navigate={(path) => void navigate(path)} useHref={useHref}>
        <Suspense fallback={<Waiting />}>
          <Routes>
            <Route path="/invite/:token" element={<AcceptInvitation />} />
            <Route path="/app/*" element={<Inside />} />
            <Route path="*" element={<Navigate to="/app" replace />} />
          </Routes>
        </Suspense>
      </RouterProvider>
      <Toasts key={useLanguage()} label={t`Messages`} closeLabel={t`Close`} />
    </>
  );
}

function Inside() {
  return (
    <SessionGate>
      {/* Texts are plain calls: a change of language draws everything anew. */}
      <Shell key={useLanguage()} />
    </SessionGate>
  );
}

function Waiting() {
  return (
    <div className={styles.centre}>
      <Spinner size={24} label={t`Loading`} />
    </div>
  );
}
