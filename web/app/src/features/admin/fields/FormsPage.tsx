import type { Field, Form } from '@evenkeel/api';
import { Badge, Button, EmptyState, Page, Table, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { ClipboardList } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { Loaded } from '../../forms/Loaded';
import styles from '../Admin.module.css';
import { KEYS, useFieldList, useFormList, useSaveReference } from '../queries';
import { RowActions } from '../RowActions';
import { Exchange } from './Exchange';
import { FormDialog } from './FormDialog';

/** Forms: which fields which tickets have, and which must be filled in. */
export function FormsPage() {
  const { t } = useLingui();
  const forms = useFormList();
  const fields = useFieldList();
  const [edited, setEdited] = useState<Form | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Form | null>(null);
  const [exchanges, setExchanges] = useState(false);
  const known: readonly Field[] = fields.data?.items ?? [];
  const buttons = (
    <>
      <Button onPress={() => setExchanges(true)}>
        <Trans>Import and export</Trans>
      </Button>
      <Button variant="primary" onPress={() => setEdited('new')}>
        <Trans>New form</Trans>
      </Button>
    </>
  );
  return (
    <Page
      title={t`Forms`}
      description={
        <Trans>Which fields a ticket has, and what must be known before it is solved.</Trans>
      }
      actions={buttons}
    >
      <Loaded query={forms}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<ClipboardList size={22} />} title={t`No forms yet`}>
              <Trans>Until there is one, every ticket shows every field and needs none.</Trans>
            </EmptyState>
          ) : (
            <FormTable forms={items} onEdit={setEdited} onDelete={setDoomed} />
          )
        }
      </Loaded>
      {edited && fields.data && (
        <FormDialog
          form={edited === 'new' ? null : edited}
          fields={known}
          onClose={() => setEdited(null)}
        />
      )}
      {doomed && <DeleteForm form={doomed} onClose={() => setDoomed(null)} />}
      {exchanges && <Exchange onClose={() => setExchanges(false)} />}
    </Page>
  );
}

type FormTableProps = {
  forms: readonly Form[];
  onEdit: (form: Form) => void;
  onDelete: (form: Form) => void;
};

function FormTable({ forms, onEdit, onDelete }: FormTableProps) {
  const { t } = useLingui();
  const columns: Column<Form>[] = [
    {
      id: 'name',
      label: t`Name`,
      cell: ({ name, is_default: isDefault, active }) => (
        <>
          <bdi className={styles.name}>{name}</bdi> {isDefault && <Badge>{t`Default`}</Badge>}{' '}
          {!active && <Badge>{t`Retired`}</Badge>}
        </>
      ),
    },
    { id: 'count', label: t`Fields`, cell: ({ fields }) => fields.length },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (form) => (
        <RowActions name={form.name} onEdit={() => onEdit(form)} onDelete={() => onDelete(form)} />
      ),
    },
  ];
  return <Table label={t`Forms`} columns={columns} rows={forms} rowKey={({ id }) => id} />;
}

function DeleteForm({ form, onClose }: { form: Form; onClose: () => void }) {
  const { t } = useLingui();
  const removal = useSaveReference((id: number) => api.forms.delete(id), {
    refreshes: [KEYS.forms],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Delete “${form.name}”?`}
      action={t`Delete form`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(form.id)}
      onClose={onClose}
    >
      <Trans>Its tickets get the default form and keep what they hold.</Trans>
    </ConfirmDialog>
  );
}
