/** What people set for themselves. Mounted at /app/settings/*. */
import { Trans, useLingui } from '@lingui/react/macro';
import { lazy } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { useSession } from '../auth/session';
import { Sections } from '../layout/Sections';
import { AccessPage } from './AccessPage';
import { NotificationsPage } from './NotificationsPage';
import { ProfilePage } from './ProfilePage';
import { TokensPage } from './TokensPage';

const MacrosPage = lazy(async () => ({
  default: (await import('../admin/macros/MacrosPage')).MacrosPage,
}));

export default function Settings() {
  const { t } = useLingui();
  const { can } = useSession();
  // Who manages macros finds their own among all of them in the administration.
  const hasOwnMacros = can('ticket.reply') && !can('macro.manage');
  const links = [
    { to: '/app/settings/profile', label: <Trans>Profile and look</Trans> },
    { to: '/app/settings/notifications', label: <Trans>Notifications</Trans> },
    ...(hasOwnMacros ? [{ to: '/app/settings/macros', label: <Trans>Macros</Trans> }] : []),
    { to: '/app/settings/access', label: <Trans>Password and sign-ins</Trans> },
    { to: '/app/settings/tokens', label: <Trans>API tokens</Trans> },
  ];
  return (
    <Sections label={t`Your settings`} groups={[{ id: 'settings', links }]}>
      <Routes>
        <Route path="profile" element={<ProfilePage />} />
        <Route path="notifications" element={<NotificationsPage />} />
        {hasOwnMacros && <Route path="macros" element={<MacrosPage />} />}
        <Route path="access" element={<AccessPage />} />
        <Route path="tokens" element={<TokensPage />} />
        <Route path="*" element={<Navigate to="/app/settings/profile" replace />} />
      </Routes>
    </Sections>
  );
}
