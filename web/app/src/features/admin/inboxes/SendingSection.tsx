import type { Inbox, Sending, SendingInput } from '@evenkeel/api';
import { Banner, Button, FormSection, Switch, TextField, toast } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormat } from '../../../i18n';
import { api } from '../../auth/client';
import { Form } from '../../forms/Form';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { SendingDomainPart } from './SendingDomain';

/** How an inbox sends: what stands below its replies, its limits, its domain's signature. */
export function SendingSection({ inbox }: { inbox: Inbox }) {
  const { t } = useLingui();
  const key = ['inboxes', inbox.id, 'sending'];
  const sending = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.inboxes.sending(inbox.id, signal),
  });
  return (
    <FormSection
      title={t`Sending`}
      description={<Trans>How fast mail leaves, and how others know that it is yours.</Trans>}
    >
      <Loaded query={sending}>
        {(loaded) => (
          <SendingForm key={loaded.version} inboxId={inbox.id} sending={loaded} queryKey={key} />
        )}
      </Loaded>
      <SendingDomainPart inboxId={inbox.id} />
    </FormSection>
  );
}

function SendingForm({
  inboxId,
  sending,
  queryKey,
}: {
  inboxId: number;
  sending: Sending;
  queryKey: (string | number)[];
}) {
  const { t } = useLingui();
  const { time } = useFormat();
  const [quotes, setQuotes] = useState(sending.quote_history);
  const [perMinute, setPerMinute] = useState(shown(sending.per_minute.chosen));
  const [perDay, setPerDay] = useState(shown(sending.per_day.chosen));
  const saving = useSave((body: SendingInput) => api.inboxes.updateSending(inboxId, body), {
    refreshes: [queryKey],
    onSaved: () => void toast({ text: t`Saved`, tone: 'good' }),
  });
  const submit = () =>
    saving.save({
      version: sending.version,
      quote_history: quotes,
      per_minute: entered(perMinute),
      per_day: entered(perDay),
    });
  const known = (limit: number | null) =>
    limit === null ? t`Empty means no limit.` : t`Empty means what your provider allows: ${limit}.`;
  const until = sending.pause ? time(sending.pause.until) : '';
  const reason = sending.pause?.reason ?? '';
  const sent = sending.sent_today;
  return (
    <Form onSubmit={submit}>
      {sending.pause && (
        <Banner tone="warn" title={t`Waiting: provider’s limit until ${until}`}>
          <Trans>Nothing is lost; mail leaves by itself then. The server said: “{reason}”</Trans>
        </Banner>
      )}
      <ProblemBanner error={saving.error} fields={['per_minute', 'per_day']} />
      <Switch
        isSelected={quotes}
        onChange={setQuotes}
        detail={t`Whoever writes a reply can decide otherwise for that one.`}
      >
        <Trans>Quote the customer’s mail below replies</Trans>
      </Switch>
      <TextField
        label={t`Most mails a minute`}
        description={known(sending.per_minute.provider)}
        inputMode="numeric"
        value={perMinute}
        onChange={setPerMinute}
        errorMessage={saving.words('per_minute')}
      />
      <TextField
        label={t`Most mails in 24 hours`}
        description={`${known(sending.per_day.provider)} ${t`Sent since this time yesterday: ${sent}.`}`}
        inputMode="numeric"
        value={perDay}
        onChange={setPerDay}
        errorMessage={saving.words('per_day')}
      />
      <div>
        <Button type="submit" isPending={saving.isSaving}>
          <Trans>Save sending</Trans>
        </Button>
      </div>
    </Form>
  );
}

const shown = (limit: number | null) => (limit === null ? '' : String(limit));

/** What was typed as a limit; what is no number is sent as 0, which the server explains. */
function entered(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  return /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : 0;
}
