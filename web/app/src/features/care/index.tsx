/** What customers say of us, and what is done about abuse. Mounted at /app/care/*. */
import { Trans, useLingui } from '@lingui/react/macro';
import { Navigate, Route, Routes } from 'react-router';
import { useSession } from '../auth/session';
import { Sections } from '../layout/Sections';
import { AttributionPage } from './AttributionPage';
import { LimitsPage } from './LimitsPage';
import { ToMePage } from './ToMePage';
import { WordsPage } from './WordsPage';

export default function Care() {
  const { t } = useLingui();
  const { can } = useSession();
  const links = [
    ...(can('board.read')
      ? [{ to: '/app/care/words', label: <Trans>Customers’ words</Trans> }]
      : []),
    { to: '/app/care/mine', label: <Trans>What customers said to me</Trans> },
    ...(can('queue.lead')
      ? [
          { to: '/app/care/about', label: <Trans>What is it about?</Trans> },
          { to: '/app/care/limits', label: <Trans>Restrictions and appeals</Trans> },
        ]
      : []),
  ];
  const first = links[0]?.to ?? '/app/care/mine';
  return (
    <Sections label={t`Customers’ words`} groups={[{ id: 'care', links }]}>
      <Routes>
        {can('board.read') && <Route path="words" element={<WordsPage />} />}
        <Route path="mine" element={<ToMePage />} />
        {can('queue.lead') && <Route path="about" element={<AttributionPage />} />}
        {can('queue.lead') && <Route path="limits" element={<LimitsPage />} />}
        <Route path="*" element={<Navigate to={first} replace />} />
      </Routes>
    </Sections>
  );
}
