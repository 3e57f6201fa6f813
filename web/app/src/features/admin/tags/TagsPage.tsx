import type { Tag } from '@evenkeel/api';
import { Button, EmptyState, Page, Table, TextField, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Tag as TagIcon } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { FormDialog } from '../../forms/FormDialog';
import { Loaded } from '../../forms/Loaded';
import styles from '../Admin.module.css';
import { KEYS, useSaveReference, useTagList } from '../queries';
import { RowActions } from '../RowActions';
import { ColorChoice } from './ColorChoice';

/** Tags: words to find tickets by. */
export function TagsPage() {
  const { t } = useLingui();
  const tags = useTagList();
  const [edited, setEdited] = useState<Tag | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Tag | null>(null);
  const newButton = (
    <Button variant="primary" onPress={() => setEdited('new')}>
      <Trans>New tag</Trans>
    </Button>
  );
  return (
    <Page
      title={t`Tags`}
      description={<Trans>Words to find and count tickets by. A handful goes a long way.</Trans>}
      actions={tags.data?.items.length ? newButton : undefined}
    >
      <Loaded query={tags}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<TagIcon size={22} />} title={t`No tags yet`} action={newButton}>
              <Trans>Agents can also make one while they work on a ticket.</Trans>
            </EmptyState>
          ) : (
            <TagTable tags={items} onEdit={setEdited} onDelete={setDoomed} />
          )
        }
      </Loaded>
      {edited && (
        <TagDialog tag={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
      {doomed && <DeleteTag tag={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

type TagTableProps = {
  tags: readonly Tag[];
  onEdit: (tag: Tag) => void;
  onDelete: (tag: Tag) => void;
};

function TagTable({ tags, onEdit, onDelete }: TagTableProps) {
  const { t } = useLingui();
  const columns: Column<Tag>[] = [
    {
      id: 'name',
      label: t`Name`,
      cell: ({ name, color }) => (
        <>
          <span className={styles.dot} style={color ? { background: color } : undefined} />
          <bdi className={styles.name}>{name}</bdi>
        </>
      ),
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (tag) => (
        <RowActions name={tag.name} onEdit={() => onEdit(tag)} onDelete={() => onDelete(tag)} />
      ),
    },
  ];
  return <Table label={t`Tags`} columns={columns} rows={tags} rowKey={({ id }) => id} />;
}

function TagDialog({ tag, onClose }: { tag: Tag | null; onClose: () => void }) {
  const { t } = useLingui();
  const [name, setName] = useState(tag?.name ?? '');
  const [color, setColor] = useState<string | null>(tag?.color ?? null);
  const saving = useSaveReference(
    () => {
      const input = { name: name.trim(), color };
      return tag ? api.tags.update(tag.id, input) : api.tags.create(input);
    },
    { refreshes: [KEYS.tags], onSaved: onClose },
  );
  return (
    <FormDialog
      title={tag ? t`Edit tag` : t`New tag`}
      action={tag ? t`Save` : t`Create tag`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={name.trim() === ''}
      error={saving.error}
      fields={['name', 'color']}
    >
      <TextField
        label={t`Name`}
        value={name}
        onChange={setName}
        errorMessage={saving.words('name')}
        autoFocus
        isRequired
      />
      <ColorChoice value={color} onChange={setColor} />
    </FormDialog>
  );
}

function DeleteTag({ tag, onClose }: { tag: Tag; onClose: () => void }) {
  const { t } = useLingui();
  const removal = useSaveReference((id: number) => api.tags.delete(id), {
    refreshes: [KEYS.tags],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Delete “${tag.name}”?`}
      action={t`Delete tag`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(tag.id)}
      onClose={onClose}
    >
      <Trans>It disappears from every ticket that carries it.</Trans>
    </ConfirmDialog>
  );
}
