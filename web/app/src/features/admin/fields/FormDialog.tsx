import type { Conditions, Field, Form, FormField } from '@evenkeel/api';
import { Select, Switch, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { FormDialog as Dialog } from '../../forms/FormDialog';
import { FieldControl } from '../../workspace/fields/FieldControl';
import { shownFields, type Values } from '../../workspace/fields/values';
import { KEYS, useInboxList, useSaveReference } from '../queries';
import { FormLine } from './FormLine';
import styles from './Fields.module.css';

type FormDialogProps = { form: Form | null; fields: readonly Field[]; onClose: () => void };

/** Makes or changes a form, with a preview that behaves as the form will. */
export function FormDialog({ form, fields, onClose }: FormDialogProps) {
  const { t } = useLingui();
  const inboxes = useInboxList();
  const [name, setName] = useState(form?.name ?? '');
  const [isDefault, setIsDefault] = useState(form?.is_default ?? false);
  const [active, setActive] = useState(form?.active ?? true);
  const [inboxIds, setInboxIds] = useState<number[]>(form?.inbox_ids ?? []);
  const [lines, setLines] = useState<FormField[]>(form?.fields ?? []);
  const inUse = fields.filter((field) => field.active);
  const absent = inUse.filter((field) => lines.every((line) => line.field_id !== field.id));
  const saving = useSaveReference(
    () => {
      const input = { name, active, is_default: isDefault, inbox_ids: inboxIds, fields: lines };
      return form
        ? api.forms.update(form.id, { ...input, version: form.version })
        : api.forms.create(input);
    },
    { refreshes: [KEYS.forms], onSaved: onClose },
  );
  const put = (place: number, line: FormField | null) =>
    setLines(lines.toSpliced(place, 1, ...(line ? [line] : [])));
  const move = (place: number, by: number) => {
    const line = lines[place];
    if (line) setLines(lines.toSpliced(place, 1).toSpliced(Math.max(0, place + by), 0, line));
  };
  return (
    <Dialog
      title={form ? t`Edit form` : t`New form`}
      action={form ? t`Save` : t`Create form`}
      size="l"
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={name.trim() === ''}
      error={saving.error}
      fields={['name']}
    >
      <TextField
        label={t`Name`}
        value={name}
        onChange={setName}
        errorMessage={saving.words('name')}
        autoFocus
        isRequired
      />
      <Switch
        isSelected={isDefault}
        onChange={setIsDefault}
        detail={t`For tickets whose inbox has no form of its own.`}
      >
        <Trans>Default form</Trans>
      </Switch>
      {(inboxes.data?.items ?? []).map((inbox) => (
        <Switch
          key={inbox.id}
          isSelected={inboxIds.includes(inbox.id)}
          onChange={(on) =>
            setInboxIds(on ? [...inboxIds, inbox.id] : inboxIds.filter((id) => id !== inbox.id))
          }
        >
          <Trans>Form of the inbox {inbox.name}</Trans>
        </Switch>
      ))}
      {form && (
        <Switch isSelected={active} onChange={setActive}>
          <Trans>In use</Trans>
        </Switch>
      )}
      <h3 className={styles.heading}>
        <Trans>Fields</Trans>
      </h3>
      {lines.length > 0 && (
        <ul className={styles.lines}>
          {lines.map((line, place) => (
            <FormLine
              key={line.field_id}
              line={line}
              fields={inUse}
              others={lines.filter((each) => each !== line).map((each) => each.field_id)}
              onChange={(next) => put(place, next)}
              onMove={(by) => move(place, by)}
            />
          ))}
        </ul>
      )}
      {absent.length > 0 && (
        <Select
          label={t`Add a field`}
          value={null}
          placeholder={t`Choose`}
          onChange={(id) => setLines([...lines, line(Number(id))])}
          options={absent.map((field) => ({ id: String(field.id), label: field.label }))}
        />
      )}
      <Preview fields={inUse} lines={lines} />
    </Dialog>
  );
}

const line = (id: number): FormField => ({
  field_id: id,
  required_on_create: false,
  required_on_solve: false,
  types: [],
  show_when: null as Conditions | null,
});

/** The form as agents will have it, to try out. */
function Preview({ fields, lines }: { fields: readonly Field[]; lines: FormField[] }) {
  const { t } = useLingui();
  const [values, setValues] = useState<Values>({});
  if (lines.length === 0) return null;
  const form = { fields: lines } as unknown as Form;
  const shown = shownFields(fields, form, { type: null, priority: 'normal', values });
  return (
    <section className={styles.preview} aria-label={t`Preview`}>
      <h3 className={styles.heading}>
        <Trans>Preview</Trans>
      </h3>
      {shown.map(({ field, forSolving, forCreating }) => (
        <FieldControl
          key={field.id}
          field={field}
          value={values[field.key]}
          isRequired={forSolving || forCreating}
          onChange={(value) => setValues({ ...values, [field.key]: value })}
        />
      ))}
    </section>
  );
}
