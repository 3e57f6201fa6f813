import type { Acknowledgement, AcknowledgementInput, Inbox } from '@evenkeel/api';
import { FormSection, Select, Switch, toast } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../auth/client';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';

type Language = Acknowledgement['language'];

/** Each in its own words: who chooses one reads it. */
const LANGUAGES: readonly { id: Language; label: string }[] = [
  { id: 'en', label: 'English' },
  { id: 'de', label: 'Deutsch' },
  { id: 'es', label: 'Español' },
  { id: 'ar', label: 'العربية' },
  { id: 'fr', label: 'Français' },
  { id: 'it', label: 'Italiano' },
  { id: 'pt', label: 'Português' },
  { id: 'nl', label: 'Nederlands' },
];

const keyOf = (inbox: Inbox) => ['acknowledgement', inbox.id] as const;

/** Whether customers hear by themselves that their mail arrived. */
export function AcknowledgementSection({ inbox }: { inbox: Inbox }) {
  const { t } = useLingui();
  const setting = useQuery({
    queryKey: keyOf(inbox),
    queryFn: ({ signal }) => api.inboxes.acknowledgement(inbox.id, signal),
  });
  return (
    <FormSection
      title={t`Confirmation`}
      description={<Trans>A short automatic mail that says the message arrived.</Trans>}
    >
      <Loaded query={setting}>
        {(saved) => <Settings key={saved.version} inbox={inbox} saved={saved} />}
      </Loaded>
    </FormSection>
  );
}

function Settings({ inbox, saved }: { inbox: Inbox; saved: Acknowledgement }) {
  const { t } = useLingui();
  const saving = useSave(
    (input: AcknowledgementInput) => api.inboxes.setAcknowledgement(inbox.id, input),
    {
      refreshes: [keyOf(inbox)],
      onSaved: () => void toast({ text: t`Saved`, tone: 'good' }),
    },
  );
  const save = (change: Partial<AcknowledgementInput>) => saving.save({ ...saved, ...change });
  return (
    <>
      <ProblemBanner error={saving.error} />
      <Switch
        isSelected={saved.enabled}
        isDisabled={saving.isSaving}
        onChange={(enabled) => save({ enabled })}
        detail={t`At most one a day for each address; never to programs, lists or floods. It quotes nothing.`}
      >
        <Trans>Confirm that a message arrived</Trans>
      </Switch>
      {saved.enabled && (
        <Select
          label={t`Language of the confirmation`}
          value={saved.language}
          onChange={(language) => save({ language: language as Language })}
          options={[...LANGUAGES]}
        />
      )}
    </>
  );
}
