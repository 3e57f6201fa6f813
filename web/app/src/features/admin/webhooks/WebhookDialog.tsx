import type { OutgoingWebhook } from '@evenkeel/api';
import { Checkbox, Switch, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { Choices } from '../../forms/Choices';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';

function useKinds(): { id: string; label: string }[] {
  const { t } = useLingui();
  return [
    { id: 'ticket.created', label: t`A ticket begins` },
    { id: 'message.received', label: t`A customer writes` },
    { id: 'reply.released', label: t`A reply goes out` },
    { id: 'note.added', label: t`A note is left` },
    { id: 'ticket.status_changed', label: t`The status changes` },
    { id: 'ticket.priority_changed', label: t`The priority changes` },
    { id: 'ticket.type_changed', label: t`The type changes` },
    { id: 'ticket.assigned', label: t`It goes to somebody or a team` },
    { id: 'ticket.tagged', label: t`The tags change` },
    { id: 'ticket.moved', label: t`It goes to spam or the trash, or back` },
    { id: 'ticket.snoozed', label: t`It is snoozed or wakes` },
    { id: 'ticket.requester_changed', label: t`It becomes another customer’s` },
    { id: 'delivery.changed', label: t`A delivery arrives or fails` },
  ];
}

interface WebhookDialogProps {
  webhook: OutgoingWebhook | null;
  onClose: () => void;
  onSecret: (secret: string) => void;
}

/** Makes or edits one webhook. */
export function WebhookDialog({ webhook, onClose, onSecret }: WebhookDialogProps) {
  const { t } = useLingui();
  const [name, setName] = useState(webhook?.name ?? '');
  const [url, setUrl] = useState(webhook?.url ?? 'https://');
  const [enabled, setEnabled] = useState(webhook?.enabled ?? true);
  const [kinds, setKinds] = useState<readonly string[]>(webhook?.kinds ?? []);
  const [withTicket, setWithTicket] = useState(webhook?.with_ticket ?? true);
  const input = {
    name: name.trim(),
    url: url.trim(),
    enabled,
    kinds: [...kinds],
    with_ticket: withTicket,
  };
  const saving = useSave(
    async () => {
      if (webhook) {
        await api.webhooks.update(webhook.id, { version: webhook.version, webhook: input });
        return null;
      }
      return (await api.webhooks.create(input)).secret ?? null;
    },
    {
      refreshes: [KEYS.hooks],
      onSaved: (secret) => {
        onClose();
        if (secret !== null) onSecret(secret);
      },
    },
  );
  return (
    <FormDialog
      title={webhook ? t`Edit webhook` : t`New webhook`}
      action={webhook ? t`Save` : t`Create webhook`}
      size="m"
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={name.trim() === '' || url.trim() === 'https://'}
      error={saving.error}
      fields={['name', 'url']}
    >
      <TextField
        label={t`Name`}
        value={name}
        onChange={setName}
        errorMessage={saving.words('name')}
        autoFocus
        isRequired
      />
      <TextField
        label={t`Address`}
        value={url}
        onChange={setUrl}
        errorMessage={saving.words('url')}
        isRequired
      />
      <Choices label={t`Call it when (nothing ticked: only by rules)`}>
        {useKinds().map(({ id, label }) => (
          <Checkbox
            key={id}
            isSelected={kinds.includes(id)}
            onChange={(isOn) => setKinds(isOn ? [...kinds, id] : kinds.filter((it) => it !== id))}
          >
            {label}
          </Checkbox>
        ))}
      </Choices>
      <Switch
        isSelected={withTicket}
        onChange={setWithTicket}
        detail={t`With its subject and the customer’s name and address; never what was written.`}
      >
        <Trans>Send the ticket along</Trans>
      </Switch>
      <Switch isSelected={enabled} onChange={setEnabled}>
        <Trans>On</Trans>
      </Switch>
    </FormDialog>
  );
}
