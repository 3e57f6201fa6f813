import type { SurveyScope, SurveySetting } from '@evenkeel/api';
import { Badge, Button, EmptyState, Page, Table, type Column } from '@evenkeel/kit';
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { MessageCircleQuestion } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { Loaded } from '../../forms/Loaded';
import { useSave } from '../../forms/useSave';
import { KEYS, useBrandList, useInboxList, useTeamList } from '../queries';
import { RowActions } from '../RowActions';
import { SurveyDialog } from './SurveyDialog';

const SETTINGS = [...KEYS.surveys, 'settings'];

/** The name of what a setting is for. */
export function useScopeName(): (scope: SurveyScope, id: number) => string {
  const { t } = useLingui();
  const [brands, inboxes, teams] = [useBrandList(), useInboxList(), useTeamList()];
  return (scope, id) => {
    const named = (list: { id: number; name: string }[] | undefined) =>
      list?.find((it) => it.id === id)?.name ?? `#${id}`;
    switch (scope) {
      case 'workspace':
        return t`Everybody`;
      case 'brand':
        return t`Brand: ${named(brands.data?.items)}`;
      case 'inbox':
        return t`Inbox: ${named(inboxes.data?.items)}`;
      case 'team':
        return t`Team: ${named(teams.data?.items)}`;
    }
  };
}

/** Who is asked how it went, and when. */
export function SurveysPage() {
  const { t } = useLingui();
  const [edited, setEdited] = useState<SurveySetting | 'new' | null>(null);
  const [doomed, setDoomed] = useState<SurveySetting | null>(null);
  const settings = useQuery({
    queryKey: SETTINGS,
    queryFn: ({ signal }) => api.surveys.settings(signal),
  });
  const newButton = (
    <Button variant="primary" onPress={() => setEdited('new')}>
      <Trans>New setting</Trans>
    </Button>
  );
  return (
    <Page
      title={t`Surveys`}
      description={
        <Trans>
          Two short questions after a ticket is solved: was it solved, and how did the person treat
          you? They leave by themselves; agents can neither send nor skip them.
        </Trans>
      }
      actions={settings.data?.length ? newButton : undefined}
    >
      <Loaded query={settings}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState
              icon={<MessageCircleQuestion size={22} />}
              title={t`Nobody is asked yet`}
              action={newButton}
            >
              <Trans>Begin with everybody, or with one inbox or team.</Trans>
            </EmptyState>
          ) : (
            <Settings items={items} onEdit={setEdited} onDelete={setDoomed} />
          )
        }
      </Loaded>
      {edited && (
        <SurveyDialog
          setting={edited === 'new' ? null : edited}
          taken={settings.data ?? []}
          refreshes={SETTINGS}
          onClose={() => setEdited(null)}
        />
      )}
      {doomed && <Remove setting={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

interface SettingsProps {
  items: readonly SurveySetting[];
  onEdit: (setting: SurveySetting) => void;
  onDelete: (setting: SurveySetting) => void;
}

function Settings({ items, onEdit, onDelete }: SettingsProps) {
  const { t } = useLingui();
  const name = useScopeName();
  const columns: Column<SurveySetting>[] = [
    { id: 'scope', label: t`For`, cell: ({ scope, scope_id }) => name(scope, scope_id) },
    {
      id: 'state',
      label: t`State`,
      cell: ({ enabled }) =>
        enabled ? <Badge tone="good">{t`On`}</Badge> : <Badge>{t`Off`}</Badge>,
    },
    {
      id: 'when',
      label: t`After`,
      cell: ({ delay_minutes }) => {
        const hours = Math.round(delay_minutes / 60);
        return plural(hours, { one: '# hour', other: '# hours' });
      },
    },
    {
      id: 'apart',
      label: t`At most once in`,
      cell: ({ apart_days }) => plural(apart_days, { one: '# day', other: '# days' }),
    },
    { id: 'sample', label: t`Asked`, cell: ({ sample_percent }) => t`${sample_percent}%` },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (setting) => (
        <RowActions
          name={name(setting.scope, setting.scope_id)}
          onEdit={() => onEdit(setting)}
          onDelete={() => onDelete(setting)}
        />
      ),
    },
  ];
  return <Table label={t`Surveys`} columns={columns} rows={items} rowKey={({ id }) => id} />;
}

function Remove({ setting, onClose }: { setting: SurveySetting; onClose: () => void }) {
  const { t } = useLingui();
  const name = useScopeName()(setting.scope, setting.scope_id);
  const removal = useSave((id: number) => api.surveys.removeSetting(id), {
    refreshes: [SETTINGS],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Remove the setting for “${name}”?`}
      action={t`Remove`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(setting.id)}
      onClose={onClose}
    >
      <Trans>It then follows the more general setting. Answers stay.</Trans>
    </ConfirmDialog>
  );
}
