import type { Form, Ticket } from '@evenkeel/api';
import { Button, Select, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { useFormat } from '../../../i18n';
import { api } from '../../../session';
import { useFields, useForms } from '../../../store';
import { chooseForm, fillFields, tellRefusal } from '../../../store/commands';
import { fieldWords } from '../../forms/problems';
import { FieldControl } from './FieldControl';
import { isEmpty, shownFields, valueWords, type Shown } from './values';
import styles from './Fields.module.css';

/** What the ticket's form asks for, each filled in where it stands. */
export function TicketFields({ ticket }: { ticket: Ticket }) {
  const fields = useFields();
  const forms = useForms();
  const values = ticket.fields as Record<string, unknown>;
  const form = forms.find((each) => each.id === ticket.form_id);
  const shown = shownFields(fields, form, { type: ticket.type, priority: ticket.priority, values });
  const active = forms.filter((each) => each.active);
  if (shown.length === 0 && active.length < 2) return null;
  return (
    <section className={styles.panel} aria-label={t`Fields`}>
      {ticket.may.update && active.length > 1 && (
        <FormChoice ticket={ticket} forms={active} chosen={form} />
      )}
      {shown.map((each) => (
        <Filled key={each.field.id} ticket={ticket} shown={each} value={values[each.field.key]} />
      ))}
    </section>
  );
}

interface FormChoiceProps {
  ticket: Ticket;
  forms: readonly Form[];
  chosen: Form | undefined;
}

function FormChoice({ ticket, forms, chosen }: FormChoiceProps) {
  return (
    <Select
      label={t`Form`}
      value={chosen ? String(chosen.id) : null}
      placeholder={t`All fields`}
      onChange={(id) => void chooseForm(ticket.id, Number(id))}
      options={forms.map((form) => ({ id: String(form.id), label: form.name }))}
    />
  );
}

interface FilledProps {
  ticket: Ticket;
  shown: Shown;
  value: unknown;
}

function Filled({ ticket, shown: { field, forSolving }, value }: FilledProps) {
  const [refusal, setRefusal] = useState<unknown>(null);
  const format = useFormat();
  if (!ticket.may.update) {
    return (
      <div>
        <span className={styles.label}>{field.label}</span>
        <p className={styles.value} dir="auto">
          {isEmpty(value) ? '–' : valueWords(field, value, format)}
        </p>
      </div>
    );
  }
  const control = (
    <FieldControl
      field={field}
      value={value}
      isRequired={forSolving && isEmpty(value)}
      errorMessage={fieldWords(refusal, `fields.${field.key}`)}
      onChange={(next) => {
        setRefusal(null);
        void fillFields(ticket.id, { [field.key]: next }).then(setRefusal);
      }}
    />
  );
  if (field.type !== 'masked' || isEmpty(value) || !ticket.may.reveal) return control;
  const reveal = async () => {
    try {
      const { text } = await api.tickets.revealField(ticket.id, field.key);
      toast({ text: t`${field.label}: ${text ?? ''}` });
    } catch (error) {
      tellRefusal(error);
    }
  };
  return (
    <div className={styles.masked}>
      {control}
      <Button size="s" onPress={() => void reveal()} aria-label={t`Show ${field.label}`}>
        {t`Show`}
      </Button>
    </div>
  );
}
