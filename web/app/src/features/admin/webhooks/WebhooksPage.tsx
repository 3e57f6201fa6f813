import type { OutgoingWebhook } from '@evenkeel/api';
import { Badge, Button, Dialog, EmptyState, Page, Table, toast, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { Webhook as WebhookIcon } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { CopyLine } from '../../forms/CopyLine';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import adminStyles from '../Admin.module.css';
import { KEYS } from '../queries';
import { RowActions } from '../RowActions';
import { Calls } from './Calls';
import { WebhookDialog } from './WebhookDialog';

/** Webhooks: other programs that are told what happens here. */
export function WebhooksPage() {
  const { t } = useLingui();
  const hooks = useQuery({
    queryKey: KEYS.hooks,
    queryFn: ({ signal }) => api.webhooks.list(signal),
  });
  const [edited, setEdited] = useState<OutgoingWebhook | 'new' | null>(null);
  const [doomed, setDoomed] = useState<OutgoingWebhook | null>(null);
  const [looked, setLooked] = useState<OutgoingWebhook | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const newButton = (
    <Button variant="primary" onPress={() => setEdited('new')}>
      <Trans>New webhook</Trans>
    </Button>
  );
  return (
    <Page
      wide
      title={t`Webhooks`}
      description={
        <Trans>
          Other programs that are told what happens here. Calls are signed as Standard Webhooks has
          it, retried for hours, and can be made again by hand.
        </Trans>
      }
      actions={hooks.data?.items.length ? newButton : undefined}
    >
      <Loaded query={hooks}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<WebhookIcon size={22} />}
              title={t`No webhooks yet`}
              action={newButton}
            >
              <Trans>Tell your shop or your chat when a ticket begins, for example.</Trans>
            </EmptyState>
          ) : (
            <HookTable
              hooks={items}
              onEdit={setEdited}
              onDelete={setDoomed}
              onLook={setLooked}
              onSecret={setSecret}
            />
          )
        }
      </Loaded>
      {edited && (
        <WebhookDialog
          webhook={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onSecret={setSecret}
        />
      )}
      {doomed && <DeleteWebhook webhook={doomed} onClose={() => setDoomed(null)} />}
      {looked && <Calls webhook={looked} onClose={() => setLooked(null)} />}
      {secret !== null && <Secret secret={secret} onClose={() => setSecret(null)} />}
    </Page>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog
      title={t`The webhook’s secret`}
      closeLabel={t`Close`}
      isOpen
      isAlert
      size="m"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={
        <Button variant="primary" onPress={onClose}>
          <Trans>I have it</Trans>
        </Button>
      }
    >
      <p>
        <Trans>
          It is shown this once. The other program needs it to see that a call comes from here.
        </Trans>
      </p>
      <CopyLine text={secret} />
    </Dialog>
  );
}

interface HookTableProps {
  hooks: readonly OutgoingWebhook[];
  onEdit: (hook: OutgoingWebhook) => void;
  onDelete: (hook: OutgoingWebhook) => void;
  onLook: (hook: OutgoingWebhook) => void;
  onSecret: (secret: string) => void;
}

function HookTable({ hooks, onEdit, onDelete, onLook, onSecret }: HookTableProps) {
  const { t } = useLingui();
  const testing = useSave((id: number) => api.webhooks.test(id), {
    refreshes: [KEYS.hooks],
    onSaved: () => void toast({ text: t`A test event is on its way`, tone: 'good' }),
  });
  const rotating = useSave(
    ({ id, version }: OutgoingWebhook) => api.webhooks.rotate(id, { version }),
    {
      refreshes: [KEYS.hooks],
      onSaved: (changed) => {
        if (changed.secret) onSecret(changed.secret);
      },
    },
  );
  const columns: Column<OutgoingWebhook>[] = [
    {
      id: 'name',
      label: t`Name`,
      cell: ({ name, url }) => (
        <>
          <bdi className={adminStyles.name}>{name}</bdi>
          <div className={adminStyles.detail}>
            <bdi>{url}</bdi>
          </div>
        </>
      ),
    },
    {
      id: 'state',
      label: t`State`,
      cell: (hook) => {
        if (hook.switched_off) {
          return <Badge tone="warn">{t`Switched off: its calls kept failing`}</Badge>;
        }
        if (!hook.enabled) return <Badge>{t`Off`}</Badge>;
        if (hook.failing_since) return <Badge tone="warn">{t`Failing`}</Badge>;
        return <Badge tone="good">{t`On`}</Badge>;
      },
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (hook) => (
        <span className={adminStyles.actions}>
          <Button size="s" aria-label={t`Calls of ${hook.name}`} onPress={() => onLook(hook)}>
            <Trans>Calls</Trans>
          </Button>
          <Button size="s" aria-label={t`Test ${hook.name}`} onPress={() => testing.save(hook.id)}>
            <Trans>Test</Trans>
          </Button>
          <Button
            size="s"
            variant="quiet"
            aria-label={t`New secret for ${hook.name}`}
            onPress={() => rotating.save(hook)}
          >
            <Trans>New secret</Trans>
          </Button>
          <RowActions
            name={hook.name}
            onEdit={() => onEdit(hook)}
            onDelete={() => onDelete(hook)}
          />
        </span>
      ),
    },
  ];
  return (
    <>
      <ProblemBanner error={testing.error ?? rotating.error} />
      <Table label={t`Webhooks`} columns={columns} rows={hooks} rowKey={({ id }) => id} />
    </>
  );
}

function DeleteWebhook({ webhook, onClose }: { webhook: OutgoingWebhook; onClose: () => void }) {
  const { t } = useLingui();
  const removal = useSave((id: number) => api.webhooks.delete(id), {
    refreshes: [KEYS.hooks],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Delete “${webhook.name}”?`}
      action={t`Delete webhook`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(webhook.id)}
      onClose={onClose}
    >
      <Trans>
        Its list of calls goes with it. Rules that call it will fail until they are changed.
      </Trans>
    </ConfirmDialog>
  );
}
