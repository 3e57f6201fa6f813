import { EmptyState, Page } from '@evenkeel/kit';
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { MessageCircleHeart } from 'lucide-react';
import { KEYS } from '../admin/queries';
import { api } from '../auth/client';
import { Loaded } from '../forms/Loaded';
import { LoadedPages } from '../forms/LoadedPages';
import { usePages } from '../forms/usePages';
import { Answers } from './Answers';
import { Figures } from './Figures';

/** Everything that customers said to one agent: all that anybody sees about it. */
export function ToMePage() {
  const { t } = useLingui();
  const figures = useQuery({
    queryKey: [...KEYS.surveys, 'mine'],
    queryFn: ({ signal }) => api.surveys.myFigures(signal),
  });
  const answers = usePages([...KEYS.surveys, 'to-me'], (paging, signal) =>
    api.surveys.toMe(paging, signal),
  );
  return (
    <Page
      title={t`What customers said to me`}
      description={
        <Trans>
          Tickets that you alone answered, in the last 90 days. Only words about you count for you;
          somebody who sees neither your name nor the marks decides which those are.
        </Trans>
      }
      wide
    >
      <Loaded query={figures}>
        {(loaded) => (
          <>
            <Figures figures={loaded} isOwn />
            {loaded.beyond > 0 && (
              <p>
                {plural(loaded.beyond, {
                  one: '# answer does not count for you: it is about something else, or says nothing more.',
                  other:
                    '# answers do not count for you: they are about something else, or say nothing more.',
                })}
              </p>
            )}
          </>
        )}
      </Loaded>
      <LoadedPages
        query={answers}
        empty={
          <EmptyState icon={<MessageCircleHeart size={22} />} title={t`Nothing yet`}>
            <Trans>What customers say after you helped them will stand here.</Trans>
          </EmptyState>
        }
      >
        {(items) => <Answers answers={items} />}
      </LoadedPages>
    </Page>
  );
}
