import type { Field, FieldInput, FieldType } from '@evenkeel/api';
import { Select, Switch, TextArea, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { FormDialog } from '../../forms/FormDialog';
import { KEYS, useSaveReference } from '../queries';
import { OptionTree, draft, type Draft } from './OptionTree';
import { FIELD_TYPES, fieldTypeLabel, isChoice } from './types';
import styles from './Fields.module.css';

const orNull = (text: string) => text.trim() || null;

/** Makes or changes a field. */
export function FieldDialog({ field, onClose }: { field: Field | null; onClose: () => void }) {
  const { t } = useLingui();
  const [type, setType] = useState<FieldType>(field?.type ?? 'text');
  const [label, setLabel] = useState(field?.label ?? '');
  const [key, setKey] = useState('');
  const [customerLabel, setCustomerLabel] = useState(field?.customer_label ?? '');
  const [description, setDescription] = useState(field?.description ?? '');
  const [digits, setDigits] = useState('2');
  const [min, setMin] = useState(field?.min ?? '');
  const [max, setMax] = useState(field?.max ?? '');
  const [searchable, setSearchable] = useState(field?.searchable ?? false);
  const [active, setActive] = useState(field?.active ?? true);
  const [options, setOptions] = useState<Draft[]>(
    field?.options.map((option, row) => ({ ...option, row })) ?? [draft(0)],
  );
  const isNumber = type === 'number' || type === 'decimal';
  const saving = useSaveReference(
    () => {
      const shared = {
        label,
        customer_label: orNull(customerLabel),
        description,
        min: isNumber ? orNull(min) : null,
        max: isNumber ? orNull(max) : null,
        active,
        options: isChoice(type)
          ? options
              .filter((option) => option.label.trim() !== '')
              .map(({ row: _, ...option }) => option)
          : [],
      };
      if (field) return api.fields.update(field.id, { ...shared, version: field.version });
      const input: FieldInput = { ...shared, type, searchable: type === 'text' && searchable };
      if (key.trim()) input.key = key.trim();
      if (type === 'decimal') input.digits = Number(digits);
      return api.fields.create(input);
    },
    { refreshes: [KEYS.fields], onSaved: onClose },
  );
  return (
    <FormDialog
      title={field ? t`Edit field` : t`New field`}
      action={field ? t`Save` : t`Create field`}
      size="l"
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={label.trim() === ''}
      error={saving.error}
      fields={['label', 'key', 'customer_label', 'description', 'digits', 'min', 'max']}
    >
      <TextField
        label={t`Name`}
        value={label}
        onChange={setLabel}
        errorMessage={saving.words('label')}
        autoFocus
        isRequired
      />
      {field ? (
        <p className={styles.hint}>
          {fieldTypeLabel(type)} · <bdi>{field.key}</bdi>
        </p>
      ) : (
        <div className={styles.pair}>
          <Select
            label={t`Holds`}
            value={type}
            onChange={setType}
            options={FIELD_TYPES.map((id) => ({ id, label: fieldTypeLabel(id) }))}
          />
          <TextField
            label={t`Key`}
            description={t`Its name in the API, made from the name if you leave it empty. It never changes.`}
            value={key}
            onChange={setKey}
            errorMessage={saving.words('key')}
          />
        </div>
      )}
      {isNumber && (
        <div className={styles.pair}>
          {type === 'decimal' && !field && (
            <TextField
              label={t`Digits behind the point`}
              inputMode="numeric"
              value={digits}
              onChange={setDigits}
              errorMessage={saving.words('digits')}
            />
          )}
          <TextField
            label={t`At least`}
            value={min}
            onChange={setMin}
            errorMessage={saving.words('min')}
          />
          <TextField
            label={t`At most`}
            value={max}
            onChange={setMax}
            errorMessage={saving.words('max')}
          />
        </div>
      )}
      {isChoice(type) && (
        <OptionTree options={options} onChange={setOptions} words={saving.words} />
      )}
      {type === 'text' && !field && (
        <Switch
          isSelected={searchable}
          onChange={setSearchable}
          detail={t`Only for what is nothing personal, such as a model: it is also stored readable.`}
        >
          <Trans>Find and sort tickets by it</Trans>
        </Switch>
      )}
      <TextArea
        label={t`Help for agents`}
        rows={2}
        value={description}
        onChange={setDescription}
        errorMessage={saving.words('description')}
      />
      <TextField
        label={t`Name for customers`}
        description={t`If it should be another.`}
        value={customerLabel}
        onChange={setCustomerLabel}
        errorMessage={saving.words('customer_label')}
      />
      {field && (
        <Switch isSelected={active} onChange={setActive}>
          <Trans>In use</Trans>
        </Switch>
      )}
    </FormDialog>
  );
}
