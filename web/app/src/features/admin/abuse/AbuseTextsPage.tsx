import type { AbusePurpose, AbuseText, CareLanguage } from '@evenkeel/api';
import { Button, FormSection, Page, Select, TextArea, toast } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { abusePurposeLabel, CARE_LANGUAGES } from '../../../lib/careWords';
import { api } from '../../auth/client';
import { Form } from '../../forms/Form';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';

const UNTIL = '{until}';
const LINK = '{link}';
const PURPOSES: readonly AbusePurpose[] = ['warn', 'end', 'restrict', 'block', 'upheld', 'lifted'];

/** What customers are told on each step of the ladder. */
export function AbuseTextsPage() {
  const { t } = useLingui();
  const [language, setLanguage] = useState<CareLanguage>('en');
  const texts = useQuery({
    queryKey: [...KEYS.abuse, 'texts'],
    queryFn: ({ signal }) => api.abuse.texts(signal),
  });
  return (
    <Page
      title={t`Protection from abuse`}
      description={
        <Trans>
          What customers are told when somebody has to set a limit. Agents warn and end a contact
          themselves; leads restrict and block, always for a time and with a way to object.
        </Trans>
      }
      actions={
        <Select
          label={t`Language`}
          hideLabel
          value={language}
          onChange={setLanguage}
          options={CARE_LANGUAGES}
        />
      }
      wide
    >
      <Loaded query={texts}>
        {(all) =>
          PURPOSES.map((purpose) => {
            const found = all.find((it) => it.purpose === purpose && it.language === language);
            return found && <Text key={`${purpose}-${language}-${found.version}`} saved={found} />;
          })
        }
      </Loaded>
    </Page>
  );
}

function Text({ saved }: { saved: AbuseText }) {
  const { t } = useLingui();
  const [text, setText] = useState(saved.text);
  const { purpose, language, version } = saved;
  const saving = useSave(() => api.abuse.saveText({ purpose, language, version, text }), {
    refreshes: [[...KEYS.abuse, 'texts']],
    onSaved: () => void toast({ text: t`Saved`, tone: 'good' }),
  });
  const isNotice = purpose === 'restrict' || purpose === 'block';
  return (
    <FormSection
      title={abusePurposeLabel(purpose)}
      description={
        isNotice
          ? t`Keep ${UNTIL} for the day it ends and ${LINK} for the page to object on.`
          : undefined
      }
    >
      <Form onSubmit={() => saving.save(undefined)}>
        <ProblemBanner error={saving.error} fields={['text']} />
        <TextArea
          label={abusePurposeLabel(purpose)}
          hideLabel
          rows={5}
          dir={language === 'ar' ? 'rtl' : 'ltr'}
          value={text}
          onChange={setText}
          errorMessage={saving.words('text')}
        />
        {text !== saved.text && (
          <div>
            <Button type="submit" size="s" isPending={saving.isSaving}>
              <Trans>Save</Trans>
            </Button>
          </div>
        )}
      </Form>
    </FormSection>
  );
}
