import { isProblem, type MergePreview } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { useEffect, useState } from 'react';
import { api } from '../../../session';

export interface Previewed {
  preview: MergePreview | null;
  /** Why there is none. */
  problem: string | null;
}

const NOTHING: Previewed = { preview: null, problem: null };

/** What merging `source` into `survivor` would do, asked anew when either changes. */
export function useMergePreview(survivor: number | null, source: number | null): Previewed {
  const [asked, setAsked] = useState('');
  const [answer, setAnswer] = useState(NOTHING);
  const pair = survivor && source ? `${survivor}/${source}` : '';
  useEffect(() => {
    if (!survivor || !source) return;
    const stop = new AbortController();
    const settle = (found: Previewed) => {
      setAsked(`${survivor}/${source}`);
      setAnswer(found);
    };
    api.tickets.previewMerge(survivor, [source], stop.signal).then(
      (preview) => settle({ preview, problem: preview.problem ?? firstProblem(preview) }),
      (error: unknown) => {
        if (!stop.signal.aborted) settle({ preview: null, problem: words(error) });
      },
    );
    return () => stop.abort();
  }, [survivor, source]);
  return asked === pair ? answer : NOTHING;
}

function firstProblem({ sources }: MergePreview): string | null {
  return sources.find((it) => it.problem)?.problem ?? null;
}

function words(error: unknown): string {
  if (isProblem(error) && error.status === 404) return t`There is no ticket with this number.`;
  if (isProblem(error) && error.detail) return error.detail;
  return t`That didn't work. Please try again.`;
}
