import { newKey, type Checklist, type ChecklistItem } from '@evenkeel/api';
import { Button, Checkbox, EmptyState, Page, Table, TextField, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { ListChecks } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { FormDialog } from '../../forms/FormDialog';
import { Loaded } from '../../forms/Loaded';
import { useSave } from '../../forms/useSave';
import { CHECKLISTS, useChecklists } from '../../workspace/together/queries';
import { RowActions } from '../RowActions';
import styles from './Together.module.css';

const EMPTY: ChecklistItem = { title: '', required: false, minutes: null };

/** Lists of tasks that agents put onto tickets. */
export function ChecklistsPage() {
  const { t } = useLingui();
  const lists = useChecklists();
  const [edited, setEdited] = useState<Checklist | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Checklist | null>(null);
  const removal = useSave((id: number) => api.checklists.delete(id), {
    refreshes: [CHECKLISTS],
    onSaved: () => setDoomed(null),
  });
  const columns: Column<Checklist>[] = [
    { id: 'name', label: t`Name`, cell: ({ name }) => <bdi>{name}</bdi> },
    { id: 'items', label: t`Items`, align: 'end', cell: ({ items }) => items.length },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (list) => (
        <RowActions
          name={list.name}
          onEdit={() => setEdited(list)}
          onDelete={() => setDoomed(list)}
        />
      ),
    },
  ];
  const newButton = (
    <Button variant="primary" onPress={() => setEdited('new')}>
      <Trans>New checklist</Trans>
    </Button>
  );
  return (
    <Page
      title={t`Checklists`}
      description={
        <Trans>What is to be done again and again, so that nobody forgets a step.</Trans>
      }
      actions={lists.data?.items.length ? newButton : undefined}
    >
      <Loaded query={lists}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<ListChecks size={22} />}
              title={t`No checklists yet`}
              action={newButton}
            />
          ) : (
            <Table label={t`Checklists`} columns={columns} rows={items} rowKey={({ id }) => id} />
          )
        }
      </Loaded>
      {edited && (
        <ListDialog list={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
      {doomed && (
        <ConfirmDialog
          title={t`Delete “${doomed.name}”?`}
          action={t`Delete checklist`}
          isBusy={removal.isSaving}
          error={removal.error}
          onConfirm={() => removal.save(doomed.id)}
          onClose={() => setDoomed(null)}
        >
          <Trans>Tasks that are on tickets already stay there.</Trans>
        </ConfirmDialog>
      )}
    </Page>
  );
}

function ListDialog({ list, onClose }: { list: Checklist | null; onClose: () => void }) {
  const { t } = useLingui();
  const [name, setName] = useState(list?.name ?? '');
  const [items, setItems] = useState<ChecklistItem[]>(list?.items ?? [EMPTY]);
  const [key] = useState(newKey);
  const change = (at: number, to: Partial<ChecklistItem>) =>
    setItems(items.map((item, index) => (index === at ? { ...item, ...to } : item)));
  const saving = useSave(
    () => {
      const input = { name, items };
      return list
        ? api.checklists.update(list.id, { version: list.version, ...input })
        : api.checklists.create(input, key);
    },
    { refreshes: [CHECKLISTS], onSaved: onClose },
  );
  return (
    <FormDialog
      size="m"
      title={list ? t`Edit checklist` : t`New checklist`}
      action={list ? t`Save` : t`Create checklist`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={name.trim() === '' || items.some(({ title }) => title.trim() === '')}
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
      {items.map((item, index) => (
        <fieldset key={index} className={styles.step}>
          <legend>{t`Item ${index + 1}`}</legend>
          <TextField
            label={t`What is to be done`}
            value={item.title}
            onChange={(title) => change(index, { title })}
            errorMessage={saving.words(`items.${index}.title`)}
          />
          <Checkbox isSelected={item.required} onChange={(required) => change(index, { required })}>
            {t`Warn when the ticket is solved without it`}
          </Checkbox>
          {items.length > 1 && (
            <Button
              size="s"
              variant="quiet"
              onPress={() => setItems(items.filter((_, at) => at !== index))}
            >{t`Remove`}</Button>
          )}
        </fieldset>
      ))}
      <Button size="s" onPress={() => setItems([...items, EMPTY])}>{t`Add an item`}</Button>
    </FormDialog>
  );
}
