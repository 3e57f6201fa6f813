import type { Field } from '@evenkeel/api';
import { Badge, Button, EmptyState, Page, Table, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { TextCursorInput } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { Loaded } from '../../forms/Loaded';
import styles from '../Admin.module.css';
import { KEYS, useFieldList, useSaveReference } from '../queries';
import { FieldDialog } from './FieldDialog';
import { fieldTypeLabel } from './types';

/** Fields that the workspace gives its tickets. */
export function FieldsPage() {
  const { t } = useLingui();
  const fields = useFieldList();
  const [edited, setEdited] = useState<Field | 'new' | null>(null);
  const [retired, setRetired] = useState<Field | null>(null);
  const newButton = (
    <Button variant="primary" onPress={() => setEdited('new')}>
      <Trans>New field</Trans>
    </Button>
  );
  return (
    <Page
      title={t`Fields`}
      description={
        <Trans>What you want to know of every ticket. Forms say which tickets have which.</Trans>
      }
      actions={fields.data?.items.length ? newButton : undefined}
    >
      <Loaded query={fields}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<TextCursorInput size={22} />}
              title={t`No fields yet`}
              action={newButton}
            >
              <Trans>An order number, a reason, a day: agents fill it in beside the ticket.</Trans>
            </EmptyState>
          ) : (
            <FieldTable fields={items} onEdit={setEdited} onRetire={setRetired} />
          )
        }
      </Loaded>
      {edited && (
        <FieldDialog field={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
      {retired && <Retire field={retired} onClose={() => setRetired(null)} />}
    </Page>
  );
}

type FieldTableProps = {
  fields: readonly Field[];
  onEdit: (field: Field) => void;
  onRetire: (field: Field) => void;
};

function FieldTable({ fields, onEdit, onRetire }: FieldTableProps) {
  const { t } = useLingui();
  const columns: Column<Field>[] = [
    {
      id: 'name',
      label: t`Name`,
      cell: ({ label, key, active }) => (
        <>
          <bdi className={styles.name}>{label}</bdi> {!active && <Badge>{t`Retired`}</Badge>}
          <div className={styles.detail} dir="ltr">
            {key}
          </div>
        </>
      ),
    },
    { id: 'type', label: t`Holds`, cell: ({ type }) => fieldTypeLabel(type) },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (field) => (
        <span className={styles.actions}>
          <Button size="s" aria-label={t`Edit ${field.label}`} onPress={() => onEdit(field)}>
            <Trans>Edit</Trans>
          </Button>
          <Button
            size="s"
            variant="quiet"
            aria-label={field.active ? t`Retire ${field.label}` : t`Delete ${field.label}`}
            onPress={() => onRetire(field)}
          >
            {field.active ? <Trans>Retire</Trans> : <Trans>Delete</Trans>}
          </Button>
        </span>
      ),
    },
  ];
  return <Table label={t`Fields`} columns={columns} rows={fields} rowKey={({ id }) => id} />;
}

function Retire({ field, onClose }: { field: Field; onClose: () => void }) {
  const { t } = useLingui();
  const saving = useSaveReference(
    async () => {
      if (field.active) {
        await api.fields.update(field.id, { version: field.version, active: false });
      } else {
        await api.fields.delete(field.id);
      }
    },
    { refreshes: [KEYS.fields, KEYS.forms], onSaved: onClose },
  );
  return (
    <ConfirmDialog
      title={field.active ? t`Retire “${field.label}”?` : t`Delete “${field.label}”?`}
      action={field.active ? t`Retire field` : t`Delete field`}
      isBusy={saving.isSaving}
      error={saving.error}
      onConfirm={() => saving.save(undefined)}
      onClose={onClose}
    >
      {field.active ? (
        <Trans>
          It disappears from forms, and views and rules that ask for it find nothing. Tickets keep
          what they hold, and you can take it up again.
        </Trans>
      ) : (
        <Trans>What tickets hold in it is removed for good.</Trans>
      )}
    </ConfirmDialog>
  );
}
