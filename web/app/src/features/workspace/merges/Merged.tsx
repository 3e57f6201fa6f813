import type { MergedTicket, Ticket } from '@evenkeel/api';
import { Badge, Button } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Merge } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

const UnmergeDialog = lazy(() => import('./UnmergeDialog'));

/** The tickets that are part of this one, each with its way back. */
export function Merged({ ticket }: { ticket: Ticket }) {
  const [returning, setReturning] = useState<MergedTicket | null>(null);
  return (
    <>
      {ticket.merged.map((merged) => (
        <Button
          key={merged.id}
          size="s"
          variant="quiet"
          isDisabled={!ticket.may.update}
          icon={<Merge size={15} aria-hidden />}
          onPress={() => setReturning(merged)}
        >
          <span dir="auto">{t`Holds #${merged.id} ${merged.subject}`}</span>
        </Button>
      ))}
      {ticket.apart.length > 0 && (
        <Badge>
          {t`No replies here for ${ticket.apart.map((it) => it.name || it.email).join(', ')}`}
        </Badge>
      )}
      {returning && (
        <Suspense>
          <UnmergeDialog ticket={ticket} merged={returning} onClose={() => setReturning(null)} />
        </Suspense>
      )}
    </>
  );
}
