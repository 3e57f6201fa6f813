import { EmptyState, Page, Select } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { MessageCircleHeart } from 'lucide-react';
import { useState } from 'react';
import { KEYS, useTeamList } from '../admin/queries';
import { api } from '../auth/client';
import { Loaded } from '../forms/Loaded';
import { LoadedPages } from '../forms/LoadedPages';
import { usePages } from '../forms/usePages';
import { Answers } from './Answers';
import { Figures } from './Figures';

/** What customers say, for everybody or a team; people are not compared. */
export function WordsPage() {
  const { t } = useLingui();
  const [team, setTeam] = useState('all');
  const teams = useTeamList();
  const teamId = team === 'all' ? null : Number(team);
  const figures = useQuery({
    queryKey: [...KEYS.surveys, 'figures', teamId],
    queryFn: ({ signal }) => api.surveys.figures({ team_id: teamId }, signal),
  });
  const answers = usePages([...KEYS.surveys, 'answers', teamId], ({ cursor }, signal) =>
    api.surveys.answers({ cursor: cursor ?? null, team_id: teamId }, signal),
  );
  const options = [
    { id: 'all', label: t`All teams` },
    ...(teams.data?.items ?? []).map(({ id, name }) => ({ id: String(id), label: name })),
  ];
  return (
    <Page
      title={t`Customers’ words`}
      description={
        <Trans>
          The last 90 days. Every share stands with how many it rests on and how sure it is. There
          is no list of people by figure.
        </Trans>
      }
      actions={
        <Select label={t`Team`} hideLabel value={team} onChange={setTeam} options={options} />
      }
      wide
    >
      <Loaded query={figures}>{(loaded) => <Figures figures={loaded} />}</Loaded>
      <LoadedPages
        query={answers}
        empty={
          <EmptyState icon={<MessageCircleHeart size={22} />} title={t`No answers yet`}>
            <Trans>Customers are asked after their ticket is solved, where surveys are on.</Trans>
          </EmptyState>
        }
      >
        {(items) => <Answers answers={items} />}
      </LoadedPages>
    </Page>
  );
}
