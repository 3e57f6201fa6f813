/** What people set for themselves. Mounted at /app/settings/*. */
import { Trans, useLingui } from '@lingui/react/macro';
import { Navigate, Route, Routes } from 'react-router';
import { Sections } from '../layout/Sections';
import { AccessPage } from './AccessPage';
import { NotificationsPage } from './NotificationsPage';
import { ProfilePage } from './ProfilePage';
import { TokensPage } from './TokensPage';

export default function Settings() {
  const { t } = useLingui();
  const links = [
    { to: '/app/settings/profile', label: <Trans>Profile and look</Trans> },
    { to: '/app/settings/notifications', label: <Trans>Notifications</Trans> },
    { to: '/app/settings/access', label: <Trans>Password and sign-ins</Trans> },
    { to: '/app/settings/tokens', label: <Trans>API tokens</Trans> },
  ];
  return (
    <Sections label={t`Your settings`} groups={[{ id: 'settings', links }]}>
      <Routes>
        <Route path="profile" element={<ProfilePage />} />
        <Route path="notifications" element={<NotificationsPage />} />
        <Route path="access" element={<AccessPage />} />
        <Route path="tokens" element={<TokensPage />} />
        <Route path="*" element={<Navigate to="/app/settings/profile" replace />} />
      </Routes>
    </Sections>
  );
}
