import { Button, Skeleton } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import styles from './Form.module.css';
import { LoadProblem } from './problems';
import type { Pages } from './usePages';

type LoadedPagesProps<T> = {
  query: Pages<T>;
  empty: ReactNode;
  children: (items: T[]) => ReactNode;
};

/** A paged list in its states: on its way, failed, empty, here with or without more. */
export function LoadedPages<T>({ query, empty, children }: LoadedPagesProps<T>) {
  const { t } = useLingui();
  if (query.isPending) return <Skeleton lines={5} label={t`Loading`} />;
  if (!query.data) return <LoadProblem error={query.error} onRetry={() => void query.refetch()} />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return empty;
  return (
    <>
      {children(items)}
      {query.hasNextPage && (
        <div className={styles.more}>
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      )}
    </>
  );
}
