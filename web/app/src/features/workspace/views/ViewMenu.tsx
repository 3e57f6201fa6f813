import type { SavedView, ShownView } from '@evenkeel/api';
import { IconButton, Menu, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { MoreHorizontal, Pencil, Trash2 } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useNavigate } from 'react-router';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { useSave } from '../../forms/useSave';
import { later } from '../../../i18n';
import { refreshReferences } from '../../../store';

const ViewDialog = later(() => import('./ViewDialog'));

type Open = { dialog: 'edit'; view: SavedView } | { dialog: 'delete' } | null;

/** What can be done to a saved view itself. */
export function ViewMenu({ name, shown }: { name: string; shown: ShownView }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<Open>(null);
  const edit = async () => {
    try {
      setOpen({ dialog: 'edit', view: await api.views.get(shown.view_id) });
    } catch {
      void toast({ text: t`This view couldn’t be opened. Please try again.`, tone: 'bad' });
    }
  };
  const removal = useSave(() => api.views.remove(shown.view_id), {
    onSaved: async () => {
      await navigate('/app/v/all');
      await refreshReferences();
    },
  });
  return (
    <>
      <Menu
        label={t`View`}
        trigger={
          <IconButton
            size="s"
            label={t`Change this view`}
            icon={<MoreHorizontal size={16} aria-hidden />}
          />
        }
        entries={[
          {
            id: 'edit',
            label: t`Edit view`,
            icon: <Pencil size={16} aria-hidden />,
            onAction: () => void edit(),
          },
          {
            id: 'delete',
            label: t`Delete view`,
            icon: <Trash2 size={16} aria-hidden />,
            startsGroup: true,
            onAction: () => setOpen({ dialog: 'delete' }),
          },
        ]}
      />
      {open?.dialog === 'edit' && (
        <Suspense fallback={null}>
          <ViewDialog view={open.view} onClose={() => setOpen(null)} />
        </Suspense>
      )}
      {open?.dialog === 'delete' && (
        <ConfirmDialog
          title={t`Delete “${name}”?`}
          action={t`Delete view`}
          isBusy={removal.isSaving}
          error={removal.error}
          onConfirm={() => removal.save(undefined)}
          onClose={() => setOpen(null)}
        >
          {t`Only the list goes. Its tickets stay as they are.`}
        </ConfirmDialog>
      )}
    </>
  );
}
