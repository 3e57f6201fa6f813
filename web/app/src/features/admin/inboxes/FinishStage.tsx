import type { MailImport } from '@evenkeel/api';
import { Button, RadioGroup, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Form } from '../../forms/Form';
import { ProblemBanner } from '../../forms/problems';
import type { InboxDraft } from './draft';
import styles from './Inboxes.module.css';
import { TeamSelect } from './TeamSelect';

type FinishStageProps = {
  draft: InboxDraft;
  onChange: (change: Partial<InboxDraft>) => void;
  isBusy: boolean;
  error: unknown;
  onBack: () => void;
  onSave: () => void;
};

/** What to call it, who gets the mail, and whether old mail is read too. */
export function FinishStage({ draft, onChange, ...props }: FinishStageProps) {
  const { t } = useLingui();
  const imports: { id: MailImport; label: string; detail: string }[] = [
    {
      id: 'new_only',
      label: t`Only new mail`,
      detail: t`What is in the mailbox today stays there, untouched.`,
    },
    {
      id: 'history',
      label: t`Old mail too, quietly`,
      detail: t`It becomes tickets you can find. Nobody is answered or notified, no rule runs.`,
    },
  ];
  return (
    <Form label={t`How to begin`} onSubmit={props.onSave}>
      <ProblemBanner error={props.error} />
      <RadioGroup
        label={t`Start with`}
        options={imports}
        value={draft.import}
        onChange={(chosen) => onChange({ import: chosen })}
      />
      <TextField
        label={t`Name of the sender`}
        description={t`What customers see before the address.`}
        value={draft.senderName}
        onChange={(senderName) => onChange({ senderName })}
      />
      <TextField
        label={t`Name of the inbox`}
        description={t`For your team. Leave it empty to use the address.`}
        value={draft.name}
        onChange={(name) => onChange({ name })}
      />
      <TeamSelect value={draft.teamId} onChange={(teamId) => onChange({ teamId })} />
      <div className={styles.buttons}>
        <Button type="submit" variant="primary" isPending={props.isBusy}>
          <Trans>Connect the inbox</Trans>
        </Button>
        <Button onPress={props.onBack}>
          <Trans>Back to the details</Trans>
        </Button>
      </div>
    </Form>
  );
}
