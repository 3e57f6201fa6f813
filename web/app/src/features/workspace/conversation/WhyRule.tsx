import type { EventItem } from '@evenkeel/api';
import { Button, PopoverPanel, Skeleton } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { later } from '../../../i18n';
import { api } from '../../auth/client';

const RunDetail = later(() => import('../../admin/rules/RunDetail'));

/** “Why?” behind what a rule did: the conditions that were met and everything it did. */
export function WhyRule({ ticket, event }: { ticket: number; event: EventItem }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const runs = useQuery({
    queryKey: ['ticket', ticket, 'rule-runs'],
    queryFn: ({ signal }) => api.rules.runsOfTicket(ticket, {}, signal),
    enabled: isOpen,
  });
  const run = runs.data?.items.find(
    ({ rule_id, record }) => rule_id === event.actor.id && record === event.cause,
  );
  return (
    <PopoverPanel
      label={t`Why this rule ran`}
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button size="s" variant="quiet">
          <Trans>Why?</Trans>
        </Button>
      }
    >
      {runs.isPending ? (
        <Skeleton lines={3} label={t`Loading`} />
      ) : run ? (
        <Suspense fallback={<Skeleton lines={3} label={t`Loading`} />}>
          <RunDetail run={run} />
        </Suspense>
      ) : (
        <p>
          <Trans>
            Its entry in the run log isn’t among the newest; look at the rule’s own page.
          </Trans>
        </p>
      )}
    </PopoverPanel>
  );
}
