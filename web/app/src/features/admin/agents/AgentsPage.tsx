import type { Agent, CreatedInvitation } from '@evenkeel/api';
import { Button, Dialog, Page } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { CopyLine } from '../../forms/CopyLine';
import { Loaded } from '../../forms/Loaded';
import styles from '../Admin.module.css';
import { useAgentList, useInvitationList } from '../queries';
import { AgentTable } from './AgentTable';
import { DisableAgent, EditAgent } from './EditAgent';
import { InviteDialog } from './InviteDialog';
import { InvitationTable } from './InvitationTable';

type Open =
  | { dialog: 'invite' }
  | { dialog: 'invited'; invitation: CreatedInvitation }
  | { dialog: 'edit'; agent: Agent }
  | { dialog: 'disable'; agent: Agent };

/** Everybody who works here, and who has been asked to. */
export function AgentsPage() {
  const { t } = useLingui();
  const agents = useAgentList();
  const invitations = useInvitationList();
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <Page
      title={t`Agents`}
      description={<Trans>The people who work here, and what each of them may do.</Trans>}
      actions={
        <Button variant="primary" onPress={() => setOpen({ dialog: 'invite' })}>
          <Trans>Invite someone</Trans>
        </Button>
      }
      wide
    >
      <Loaded query={agents}>
        {({ items }) => (
          <AgentTable
            agents={items}
            onEdit={(agent) => setOpen({ dialog: 'edit', agent })}
            onDisable={(agent) => setOpen({ dialog: 'disable', agent })}
          />
        )}
      </Loaded>
      {invitations.data && invitations.data.items.length > 0 && (
        <>
          <h2 className={styles.heading}>
            <Trans>Invited</Trans>
          </h2>
          <InvitationTable invitations={invitations.data.items} agents={agents.data?.items ?? []} />
        </>
      )}
      {open?.dialog === 'invite' && (
        <InviteDialog
          onClose={close}
          onInvited={(invitation) => setOpen({ dialog: 'invited', invitation })}
        />
      )}
      {open?.dialog === 'invited' && <Invited invitation={open.invitation} onClose={close} />}
      {open?.dialog === 'edit' && <EditAgent agent={open.agent} onClose={close} />}
      {open?.dialog === 'disable' && <DisableAgent agent={open.agent} onClose={close} />}
    </Page>
  );
}

type InvitedProps = { invitation: CreatedInvitation; onClose: () => void };

function Invited({ invitation, onClose }: InvitedProps) {
  const { t } = useLingui();
  return (
    <Dialog
      title={t`The invitation is ready`}
      closeLabel={t`Close`}
      isOpen
      isAlert
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={
        <Button variant="primary" onPress={onClose}>
          <Trans>Done</Trans>
        </Button>
      }
    >
      <p>
        <Trans>
          Give this link to <bdi>{invitation.email}</bdi>, by whatever way you trust. It works once,
          and it isn’t shown again.
        </Trans>
      </p>
      <CopyLine text={invitation.link} />
    </Dialog>
  );
}
