import type { Macro } from '@evenkeel/api';
import { Badge, Button, EmptyState, Page, Table, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { MessageSquareText } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../auth/client';
import { useFormat } from '../../../i18n';
import { useAgents, useTeams } from '../../../store';
import { useSession } from '../../auth/session';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { Loaded } from '../../forms/Loaded';
import styles from '../Admin.module.css';
import { KEYS, useMacroList, useSaveReference } from '../queries';
import { RowActions } from '../RowActions';
import { MacroDialog } from './MacroDialog';

/** Macros: what is said often, written well once. */
export function MacrosPage() {
  const { t } = useLingui();
  const macros = useMacroList();
  const [edited, setEdited] = useState<Macro | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Macro | null>(null);
  const newButton = (
    <Button variant="primary" onPress={() => setEdited('new')}>
      <Trans>New macro</Trans>
    </Button>
  );
  return (
    <Page
      title={t`Macros`}
      description={
        <Trans>Replies written well once. While you write, type / and a word of the name.</Trans>
      }
      actions={macros.data?.items.length ? newButton : undefined}
    >
      <Loaded query={macros}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<MessageSquareText size={22} />}
              title={t`No macros yet`}
              action={newButton}
            >
              <Trans>Start with the question you answered twice this week.</Trans>
            </EmptyState>
          ) : (
            <MacroTable macros={items} onEdit={setEdited} onDelete={setDoomed} />
          )
        }
      </Loaded>
      {edited && (
        <MacroDialog macro={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
      {doomed && <DeleteMacro macro={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

type MacroTableProps = {
  macros: readonly Macro[];
  onEdit: (macro: Macro) => void;
  onDelete: (macro: Macro) => void;
};

/** The first words of a text, without its formatting. */
function firstWords(html: string): string {
  const text = new DOMParser().parseFromString(html, 'text/html').body.textContent ?? '';
  return text.length > 90 ? `${text.slice(0, 90).trimEnd()}…` : text;
}

function MacroTable({ macros, onEdit, onDelete }: MacroTableProps) {
  const { t } = useLingui();
  const { can } = useSession();
  const agents = useAgents();
  const teams = useTeams();
  const format = useFormat();
  const columns: Column<Macro>[] = [
    {
      id: 'name',
      label: t`Name`,
      cell: ({ name, html }) => (
        <>
          <bdi className={styles.name}>{name}</bdi>
          <div className={styles.detail}>
            <bdi>{firstWords(html)}</bdi>
          </div>
        </>
      ),
    },
    {
      id: 'scope',
      label: t`For`,
      cell: ({ scope }) =>
        scope === 'shared' ? (
          <Badge tone="accent">{t`Everybody`}</Badge>
        ) : scope === 'personal' ? (
          <Badge>{t`Only me`}</Badge>
        ) : (
          <Badge tone="outline">
            {teams.find(({ id }) => id === scope.team)?.name ?? t`A team`}
          </Badge>
        ),
    },
    {
      id: 'uses',
      label: t`Used in 30 days`,
      align: 'end',
      cell: ({ uses }) => format.number(uses),
    },
    {
      id: 'edited',
      label: t`Last edited`,
      cell: ({ edited_at: at, edited_by: by }) =>
        at ? (
          <>
            {format.dateTime(at)}
            <div className={styles.detail}>
              <bdi>{agents.find(({ id }) => id === by)?.name}</bdi>
            </div>
          </>
        ) : null,
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (macro) =>
        (macro.scope === 'personal' || can('macro.manage')) && (
          <RowActions
            name={macro.name}
            onEdit={() => onEdit(macro)}
            onDelete={() => onDelete(macro)}
          />
        ),
    },
  ];
  return <Table label={t`Macros`} columns={columns} rows={macros} rowKey={({ id }) => id} />;
}

function DeleteMacro({ macro, onClose }: { macro: Macro; onClose: () => void }) {
  const { t } = useLingui();
  const removal = useSaveReference((id: number) => api.macros.delete(id), {
    refreshes: [KEYS.macros],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Delete “${macro.name}”?`}
      action={t`Delete macro`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(macro.id)}
      onClose={onClose}
    >
      <Trans>Replies already written with it stay as they are.</Trans>
    </ConfirmDialog>
  );
}
