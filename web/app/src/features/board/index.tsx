/** How every team's work stands now. Mounted at /app/board. */
import { Banner, EmptyState, Page } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Gauge } from 'lucide-react';
import { useEffect } from 'react';
import { useFormat } from '../../i18n';
import { Loaded } from '../forms/Loaded';
import { TeamOnBoard } from './TeamOnBoard';
import { useBoard } from './queries';
import styles from './Board.module.css';

export default function BoardPage() {
  const { t } = useLingui();
  const format = useFormat();
  const board = useBoard();
  const title = t`Board`;
  useEffect(() => {
    document.title = `${title} · Evenkeel`;
  }, [title]);
  const seen = format.time(new Date(board.dataUpdatedAt));
  return (
    <Page
      wide
      title={title}
      description={
        <Trans>How the teams’ work stands this second. Every number opens its tickets.</Trans>
      }
    >
      <div role="status">
        {board.isError && board.data && (
          <Banner tone="warn">
            <Trans>
              The server could not be reached. These numbers are from {seen}; we keep trying.
            </Trans>
          </Banner>
        )}
      </div>
      <Loaded query={board}>
        {({ teams }) =>
          teams.length === 0 ? (
            <EmptyState icon={<Gauge size={22} />} title={t`Nothing to watch yet`}>
              <Trans>Teams appear here with what waits for them.</Trans>
            </EmptyState>
          ) : (
            <div className={styles.teams}>
              {teams.map((team) => (
                <TeamOnBoard
                  key={team.team_id ?? 'none'}
                  standing={team}
                  now={board.dataUpdatedAt}
                />
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
