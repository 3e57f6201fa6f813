import type { Agent, Invitation } from '@evenkeel/api';
import { Badge, Button, Table, toast, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useFormat, useNow } from '../../../i18n';
import { api } from '../../auth/client';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { useRoleWords } from '../../../lib/roles';
import { KEYS } from '../queries';

type InvitationTableProps = { invitations: readonly Invitation[]; agents: readonly Agent[] };

/** Invitations nobody has accepted yet. */
export function InvitationTable({ invitations, agents }: InvitationTableProps) {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  const roleWords = useRoleWords();
  const withdraw = useSave((id: number) => api.invitations.delete(id), {
    refreshes: [KEYS.invitations],
    onSaved: () => void toast({ text: t`The invitation is withdrawn; its link is dead.` }),
  });
  const columns: Column<Invitation>[] = [
    { id: 'email', label: t`Email`, cell: ({ email }) => <bdi>{email}</bdi> },
    { id: 'role', label: t`Role`, cell: ({ role }) => roleWords[role].name },
    {
      id: 'by',
      label: t`Invited by`,
      cell: (invitation) => (
        <bdi>{agents.find(({ id }) => id === invitation.invited_by)?.name ?? '–'}</bdi>
      ),
    },
    {
      id: 'expires',
      label: t`Runs out`,
      cell: ({ expires_at: end }) =>
        Date.parse(end) > now ? format.relative(end, now) : <Badge tone="warn">{t`Run out`}</Badge>,
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: ({ id, email }) => (
        <Button
          size="s"
          variant="quiet"
          aria-label={t`Withdraw the invitation of ${email}`}
          isDisabled={withdraw.isSaving}
          onPress={() => withdraw.save(id)}
        >
          <Trans>Withdraw</Trans>
        </Button>
      ),
    },
  ];
  return (
    <>
      <ProblemBanner error={withdraw.error} />
      <Table label={t`Invited`} columns={columns} rows={invitations} rowKey={({ id }) => id} />
    </>
  );
}
