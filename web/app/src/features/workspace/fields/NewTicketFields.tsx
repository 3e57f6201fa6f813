import type { TicketType } from '@evenkeel/api';
import { Select } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { TICKET_TYPES, typeLabel } from '../../../lib/labels';
import { useFields, useForms, useInboxes } from '../../../store';
import { fieldWords } from '../../forms/problems';
import { FieldControl } from './FieldControl';
import { defaultForm, shownFields, type Values } from './values';

const NONE = 'none';

interface NewTicketFieldsProps {
  inboxId: number | null;
  type: TicketType | null;
  onType: (type: TicketType | null) => void;
  formId: number | null;
  onForm: (form: number | null) => void;
  values: Values;
  onChange: (values: Values) => void;
  error: unknown;
}

/** What kind of ticket it is, and what its form asks for. */
export function NewTicketFields(props: NewTicketFieldsProps) {
  const fields = useFields();
  const forms = useForms().filter((form) => form.active);
  const brandId = useInboxes().find((inbox) => inbox.id === props.inboxId)?.brand_id ?? null;
  const chosen = forms.find((form) => form.id === props.formId);
  const form = chosen ?? defaultForm(forms, props.inboxId, brandId);
  const facts = { type: props.type, priority: 'normal' as const, values: props.values };
  return (
    <>
      <Select
        label={t`Type`}
        value={props.type ?? NONE}
        onChange={(id) => props.onType(TICKET_TYPES.find((type) => type === id) ?? null)}
        options={[
          { id: NONE, label: t`Not chosen` },
          ...TICKET_TYPES.map((type) => ({ id: type as string, label: typeLabel(type) })),
        ]}
      />
      {forms.length > 1 && (
        <Select
          label={t`Form`}
          value={form ? String(form.id) : null}
          placeholder={t`All fields`}
          onChange={(id) => props.onForm(Number(id))}
          options={forms.map((each) => ({ id: String(each.id), label: each.name }))}
        />
      )}
      {shownFields(fields, form, facts).map(({ field, forCreating }) => (
        <FieldControl
          key={field.id}
          field={field}
          value={props.values[field.key]}
          isRequired={forCreating}
          errorMessage={fieldWords(props.error, `fields.${field.key}`)}
          onChange={(value) => props.onChange({ ...props.values, [field.key]: value })}
        />
      ))}
    </>
  );
}
