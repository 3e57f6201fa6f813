import type { Page, Paging } from '@evenkeel/api';
import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query';

/** A list read page by page, as far as somebody wants to look. */
export function usePages<T>(
  queryKey: QueryKey,
  list: (paging: Paging, signal: AbortSignal) => Promise<Page<T>>,
) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => list({ cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}

export type Pages<T> = ReturnType<typeof usePages<T>>;
