import type { Inbox, InboxTrust, InboxTrustInput } from '@evenkeel/api';
import { Button, FormSection, Switch, TextField, toast } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../auth/client';
import { Form } from '../../forms/Form';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';

const keyOf = (inbox: Inbox) => ['inboxes', inbox.id, 'trust'] as const;

/** What the inbox's own mail server can be relied on for. */
export function TrustSection({ inbox }: { inbox: Inbox }) {
  const { t } = useLingui();
  const trust = useQuery({
    queryKey: keyOf(inbox),
    queryFn: ({ signal }) => api.inboxes.trust(inbox.id, signal),
  });
  return (
    <FormSection
      title={t`Your mail server`}
      description={
        <Trans>What it can do for us: lead answers home, and say who really sent a mail.</Trans>
      }
    >
      <Loaded query={trust}>
        {(saved) => <TrustForm key={saved.version} inbox={inbox} saved={saved} />}
      </Loaded>
    </FormSection>
  );
}

function TrustForm({ inbox, saved }: { inbox: Inbox; saved: InboxTrust }) {
  const { t } = useLingui();
  const [plus, setPlus] = useState(saved.plus_addressing);
  const [server, setServer] = useState(saved.server ?? '');
  const saving = useSave((input: InboxTrustInput) => api.inboxes.updateTrust(inbox.id, input), {
    refreshes: [keyOf(inbox)],
    onSaved: () => void toast({ text: t`Saved`, tone: 'good' }),
  });
  const submit = () =>
    saving.save({
      version: saved.version,
      plus_addressing: plus,
      server: server.trim() === '' ? null : server.trim(),
    });
  const [local = '', host = ''] = inbox.address.split('@');
  const example = `${local}+x@${host}`;
  return (
    <Form onSubmit={submit}>
      <ProblemBanner error={saving.error} fields={['server']} />
      <Switch
        isSelected={plus}
        onChange={setPlus}
        detail={t`Then every answer finds its ticket by its address. Not sure? Write to ${example} and see whether it arrives. Switched off, answers carry a short line in their text instead.`}
      >
        <Trans>Mail to addresses with a plus reaches this inbox</Trans>
      </Switch>
      <TextField
        label={t`Server whose sender checks we believe`}
        description={t`Its name as it stands in the mail’s “Authentication-Results”, like mx.example.com. Only name one that checks every mail and removes forged results. Empty: we check senders ourselves only.`}
        value={server}
        onChange={setServer}
        errorMessage={saving.words('server')}
        autoComplete="off"
      />
      <div>
        <Button type="submit" isPending={saving.isSaving}>
          <Trans>Save mail server</Trans>
        </Button>
      </div>
    </Form>
  );
}
