import type { Imported, ImportInput } from '@evenkeel/api';
import { Button, TextArea } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { FormDialog } from '../../forms/FormDialog';
import { useProblemWords } from '../../forms/problems';
import { KEYS, useSaveReference } from '../queries';
import styles from './Fields.module.css';

/** Takes fields and forms elsewhere as one document, or over from there. */
export function Exchange({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const words = useProblemWords();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const [plan, setPlan] = useState<Imported | null>(null);
  const saving = useSaveReference((input: ImportInput) => api.forms.import(input), {
    refreshes: [KEYS.fields, KEYS.forms],
    onSaved: (imported) => (plan ? onClose() : setPlan(imported)),
  });
  const submit = () => {
    try {
      const document = JSON.parse(text) as ImportInput['document'];
      setProblem(undefined);
      saving.save({ document, dry_run: plan === null });
    } catch {
      setProblem(t`This is no such document. Paste all of what was exported.`);
    }
  };
  const fetchAll = async () => {
    try {
      setText(JSON.stringify(await api.forms.export(), null, 2));
    } catch (error) {
      setProblem(words(error));
    }
  };
  return (
    <FormDialog
      title={t`Import and export`}
      action={plan ? t`Take it over` : t`See what would change`}
      size="l"
      onSubmit={submit}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={text.trim() === '' || plan?.items.length === 0}
      error={saving.error}
    >
      <div>
        <Button onPress={() => void fetchAll()}>
          <Trans>Show what is here</Trans>
        </Button>
      </div>
      <TextArea
        label={t`Document`}
        description={t`All fields and forms as JSON. Nothing that is here is removed.`}
        rows={10}
        value={text}
        onChange={(next) => {
          setText(next);
          setPlan(null);
        }}
        errorMessage={problem}
      />
      {plan && (
        <section className={styles.preview} aria-live="polite">
          {plan.items.length === 0 ? (
            <p>
              <Trans>Nothing would change.</Trans>
            </p>
          ) : (
            <ul className={styles.lines}>
              {plan.items.map(({ is_form: isForm, key, name, action }) => (
                <li key={`${String(isForm)} ${key}`}>{line(isForm, action, name)}</li>
              ))}
            </ul>
          )}
        </section>
      )}
    </FormDialog>
  );

  function line(isForm: boolean, action: 'create' | 'change', name: string) {
    if (isForm) return action === 'create' ? t`New form: ${name}` : t`Changed form: ${name}`;
    return action === 'create' ? t`New field: ${name}` : t`Changed field: ${name}`;
  }
}
