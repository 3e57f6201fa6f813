import type { ApiToken, CreatedApiToken, TokenScope } from '@evenkeel/api';
import { Badge, Banner, Button, Dialog, EmptyState, Page, Table, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useFormat, useNow } from '../../i18n';
import { api } from '../auth/client';
import { ConfirmDialog } from '../forms/ConfirmDialog';
import { CopyLine } from '../forms/CopyLine';
import { Loaded } from '../forms/Loaded';
import { useSave } from '../forms/useSave';
import { TokenDialog } from './TokenDialog';

export const TOKENS = ['me', 'tokens'];

/** Keys with which programs act in one's name. */
export function TokensPage() {
  const { t } = useLingui();
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<CreatedApiToken | null>(null);
  const tokens = useQuery({ queryKey: TOKENS, queryFn: ({ signal }) => api.me.tokens(signal) });
  const createButton = (
    <Button variant="primary" onPress={() => setCreating(true)}>
      <Trans>New token</Trans>
    </Button>
  );
  return (
    <Page
      title={t`API tokens`}
      description={<Trans>With a token, a program can act here in your name.</Trans>}
      actions={tokens.data?.items.length ? createButton : undefined}
    >
      <Loaded query={tokens}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<KeyRound size={22} />}
              title={t`No tokens yet`}
              action={createButton}
            >
              <Trans>Make one to connect your shop, a script or another tool.</Trans>
            </EmptyState>
          ) : (
            <TokenTable tokens={items} />
          )
        }
      </Loaded>
      {isCreating && (
        <TokenDialog
          onClose={() => setCreating(false)}
          onCreated={(token) => {
            setCreating(false);
            setCreated(token);
          }}
        />
      )}
      {created && <SecretDialog token={created} onClose={() => setCreated(null)} />}
    </Page>
  );
}

export function useScopeWords(): Record<TokenScope, { name: string; detail: string }> {
  const { t } = useLingui();
  return {
    read: { name: t`Read`, detail: t`See tickets, customers and lists.` },
    write: { name: t`Write`, detail: t`Also create and change tickets, reply, add notes.` },
    admin: { name: t`Admin`, detail: t`Also set up inboxes, people and teams.` },
  };
}

function TokenTable({ tokens }: { tokens: readonly ApiToken[] }) {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  const scopeWords = useScopeWords();
  const [doomed, setDoomed] = useState<ApiToken | null>(null);
  const remove = useSave((id: number) => api.me.deleteToken(id), {
    refreshes: [TOKENS],
    onSaved: () => setDoomed(null),
  });
  const columns: Column<ApiToken>[] = [
    { id: 'name', label: t`Name`, cell: (token) => <bdi>{token.name}</bdi> },
    {
      id: 'scopes',
      label: t`May`,
      cell: (token) => format.list(token.scopes.map((scope) => scopeWords[scope].name)),
    },
    {
      id: 'used',
      label: t`Last used`,
      cell: (token) =>
        token.last_used_at ? format.relative(token.last_used_at, now) : <Trans>Never</Trans>,
    },
    {
      id: 'expires',
      label: t`Valid until`,
      cell: (token) => {
        if (!token.expires_at) return <Trans>Further notice</Trans>;
        if (Date.parse(token.expires_at) > now) return format.date(token.expires_at);
        return <Badge tone="warn">{t`Expired`}</Badge>;
      },
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (token) => (
        <Button
          size="s"
          aria-label={t`Delete token ${token.name}`}
          onPress={() => setDoomed(token)}
        >
          <Trans>Delete</Trans>
        </Button>
      ),
    },
  ];
  return (
    <>
      <Table label={t`API tokens`} columns={columns} rows={tokens} rowKey={({ id }) => id} />
      {doomed && (
        <ConfirmDialog
          title={t`Delete “${doomed.name}”?`}
          action={t`Delete token`}
          isBusy={remove.isSaving}
          error={remove.error}
          onConfirm={() => remove.save(doomed.id)}
          onClose={() => setDoomed(null)}
        >
          <Trans>Whatever uses this token stops working at once.</Trans>
        </ConfirmDialog>
      )}
    </>
  );
}

function SecretDialog({ token, onClose }: { token: CreatedApiToken; onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog
      title={t`Your new token`}
      closeLabel={t`Close`}
      isOpen
      isAlert
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={
        <Button variant="primary" onPress={onClose}>
          <Trans>I’ve kept it safe</Trans>
        </Button>
      }
    >
      <Banner tone="warn">
        <Trans>Copy it now. For safety we keep only a fingerprint and can’t show it again.</Trans>
      </Banner>
      <CopyLine text={token.secret} />
    </Dialog>
  );
}
