import { Skeleton } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { LoadProblem } from './problems';

/** A query in its three states: on its way, failed, here. */
export function Loaded<T>({
  query,
  children,
}: {
  query: UseQueryResult<T>;
  children: (loaded: T) => ReactNode;
}) {
  const { t } = useLingui();
  // Old data beats an error page: a failed refetch leaves what is there.
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return <Skeleton lines={4} label={t`Loading`} />;
  return <LoadProblem error={query.error} onRetry={() => void query.refetch()} />;
}
