import type { Density, MePatch, Preferences, Theme } from '@evenkeel/api';
import {
  Button,
  FormSection,
  Page,
  RadioGroup,
  Select,
  Switch,
  TextField,
  toast,
} from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { LANGUAGES } from '../../i18n';
import { useSession } from '../auth/session';
import { Form } from '../forms/Form';
import { ProblemBanner } from '../forms/problems';
import { RichTextField } from '../forms/RichTextField';
import { useSave } from '../forms/useSave';
import { useRoleWords } from '../../lib/roles';

/** Name, signature, and how the workspace looks and speaks. */
export function ProfilePage() {
  const { t } = useLingui();
  return (
    <Page title={t`Profile and look`}>
      <NameSection />
      <SignatureSection />
      <LookSection />
    </Page>
  );
}

function useSaveMe() {
  const { t } = useLingui();
  const { update } = useSession();
  return useSave((patch: MePatch) => update(patch), {
    onSaved: () => void toast({ text: t`Saved`, tone: 'good' }),
  });
}

function NameSection() {
  const { t } = useLingui();
  const { me } = useSession();
  const [name, setName] = useState(me.agent.name);
  const saving = useSaveMe();
  const roleWords = useRoleWords();
  return (
    <FormSection
      title={t`You`}
      description={<Trans>Your name stands under what you write to customers.</Trans>}
    >
      <Form onSubmit={() => saving.save({ name: name.trim() })}>
        <ProblemBanner error={saving.error} fields={['name']} />
        <TextField
          label={t`Name`}
          autoComplete="name"
          value={name}
          onChange={setName}
          errorMessage={saving.words('name')}
          isRequired
        />
        <TextField
          label={t`Email`}
          value={me.agent.email}
          description={roleWords[me.agent.role].name}
          isReadOnly
        />
        <div>
          <Button
            type="submit"
            isPending={saving.isSaving}
            isDisabled={name.trim() === '' || name.trim() === me.agent.name}
          >
            <Trans>Save name</Trans>
          </Button>
        </div>
      </Form>
    </FormSection>
  );
}

function SignatureSection() {
  const { t } = useLingui();
  const { me } = useSession();
  const [signature, setSignature] = useState(me.preferences.signature_html);
  const saving = useSaveMe();
  return (
    <FormSection
      title={t`Signature`}
      description={<Trans>Ends every reply you send. Notes to the team go without it.</Trans>}
    >
      <Form onSubmit={() => saving.save({ preferences: { signature_html: signature } })}>
        <ProblemBanner error={saving.error} />
        <RichTextField label={t`Signature`} value={signature} onChange={setSignature} />
        <div>
          <Button
            type="submit"
            isPending={saving.isSaving}
            isDisabled={signature === me.preferences.signature_html}
          >
            <Trans>Save signature</Trans>
          </Button>
        </div>
      </Form>
    </FormSection>
  );
}

function LookSection() {
  const { t } = useLingui();
  const { me } = useSession();
  const saving = useSaveMe();
  const { language, theme, density, shortcuts } = me.preferences;
  const change = (preferences: Partial<Preferences>) => saving.save({ preferences });
  const themes: { id: Theme; label: string }[] = [
    { id: 'system', label: t`As this device has it` },
    { id: 'light', label: t`Light` },
    { id: 'dark', label: t`Dark` },
  ];
  const densities: { id: Density; label: string; detail: string }[] = [
    { id: 'comfortable', label: t`Comfortable`, detail: t`More air between the lines.` },
    { id: 'compact', label: t`Compact`, detail: t`More tickets on one screen.` },
  ];
  return (
    <FormSection
      title={t`Look and feel`}
      description={<Trans>Changes here take effect at once, on all your devices.</Trans>}
    >
      <ProblemBanner error={saving.error} />
      <Select
        label={t`Language`}
        value={language}
        onChange={(chosen) => change({ language: chosen })}
        options={LANGUAGES.map(({ code, name }) => ({ id: code, label: name }))}
      />
      <RadioGroup
        label={t`Colours`}
        options={themes}
        value={theme}
        onChange={(chosen) => change({ theme: chosen })}
      />
      <RadioGroup
        label={t`Density`}
        options={densities}
        value={density}
        onChange={(chosen) => change({ density: chosen })}
      />
      <Switch
        isSelected={shortcuts}
        onChange={(on) => change({ shortcuts: on })}
        detail={
          <Trans>
            Such as R for reply and E for solved. Turn them off if single keys get in your way.
          </Trans>
        }
      >
        <Trans>Single-key shortcuts</Trans>
      </Switch>
    </FormSection>
  );
}
