import type { OutgoingWebhook, WebhookCall } from '@evenkeel/api';
import { Badge, Button, Dialog, EmptyState, Table, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { PhoneOutgoing } from 'lucide-react';
import { useFormat } from '../../../i18n';
import { api } from '../../auth/client';
import { LoadedPages } from '../../forms/LoadedPages';
import { ProblemBanner } from '../../forms/problems';
import { usePages } from '../../forms/usePages';
import { useSave } from '../../forms/useSave';
import adminStyles from '../Admin.module.css';
import { KEYS } from '../queries';

/** The calls of a webhook, newest first, each of which can be made again. */
export function Calls({ webhook, onClose }: { webhook: OutgoingWebhook; onClose: () => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const key = [...KEYS.hooks, webhook.id, 'calls'];
  const calls = usePages(key, (paging, signal) => api.webhooks.calls(webhook.id, paging, signal));
  const replaying = useSave((id: number) => api.webhooks.replay(id), { refreshes: [key] });
  const columns: Column<WebhookCall>[] = [
    {
      id: 'when',
      label: t`When`,
      cell: (call) => (
        <>
          {format.dateTime(call.tried_at ?? call.created_at)}
          <div className={adminStyles.detail}>
            <code>{call.kind}</code>
          </div>
        </>
      ),
    },
    {
      id: 'state',
      label: t`State`,
      cell: (call) => (
        <>
          {call.state === 'delivered' && <Badge tone="good">{t`Delivered`}</Badge>}
          {call.state === 'due' && <Badge>{t`On its way`}</Badge>}
          {call.state === 'failed' && <Badge tone="warn">{t`Failed`}</Badge>}
          <div className={adminStyles.detail}>
            {call.status ?? ''} <bdi>{(call.answer ?? '').slice(0, 160)}</bdi>
          </div>
        </>
      ),
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (call) =>
        call.state !== 'due' && (
          <Button size="s" isDisabled={replaying.isSaving} onPress={() => replaying.save(call.id)}>
            <Trans>Call again</Trans>
          </Button>
        ),
    },
  ];
  return (
    <Dialog
      title={t`Calls of “${webhook.name}”`}
      closeLabel={t`Close`}
      isOpen
      size="l"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={
        <>
          <Button onPress={() => void calls.refetch()}>
            <Trans>Look again</Trans>
          </Button>
          <Button onPress={onClose}>
            <Trans>Close</Trans>
          </Button>
        </>
      }
    >
      <ProblemBanner error={replaying.error} />
      <LoadedPages
        query={calls}
        empty={
          <EmptyState icon={<PhoneOutgoing size={22} />} title={t`No calls yet`}>
            <Trans>Send a test event to see whether the other side answers.</Trans>
          </EmptyState>
        }
      >
        {(items) => (
          <Table label={t`Calls`} columns={columns} rows={items} rowKey={({ id }) => id} />
        )}
      </LoadedPages>
    </Dialog>
  );
}
