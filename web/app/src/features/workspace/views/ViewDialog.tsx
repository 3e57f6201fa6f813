import type { SavedView, ViewColumn, ViewDefinition, ViewGroup, ViewScope } from '@evenkeel/api';
import { Checkbox, Select, Switch, TextField } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api } from '../../auth/client';
import { ConditionsEditor } from '../../conditions/ConditionsEditor';
import { isComplete } from '../../conditions/vocabulary';
import { FormDialog } from '../../forms/FormDialog';
import { ScopeChoice } from '../../forms/ScopeChoice';
import { useSave } from '../../forms/useSave';
import { useSession } from '../../../session';
import { refreshReferences } from '../../../store';
import styles from './Views.module.css';
import { COLUMNS, FIRST_COLUMNS, GROUPS, SORTS, wordFor } from './words';

const NEW: ViewDefinition = {
  conditions: { all: [{ field: 'shelf', op: 'is', value: 'open' }], any: [] },
  sort: 'last_message_at',
  ascending: false,
  group: null,
  columns: [...FIRST_COLUMNS],
  density: 'comfortable',
};
const NO_GROUP = 'none';

/** Makes or changes a saved view, and says at once how many tickets it would hold. */
export default function ViewDialog({
  view,
  onClose,
}: {
  view: SavedView | null;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const { can } = useSession();
  const [name, setName] = useState(view?.name ?? '');
  const [scope, setScope] = useState<ViewScope>(view?.scope ?? 'personal');
  const [definition, setDefinition] = useState<ViewDefinition>(view?.definition ?? NEW);
  const change = (part: Partial<ViewDefinition>) => setDefinition({ ...definition, ...part });
  const { all = [], any = [] } = definition.conditions;
  const isWhole = [...all, ...any].every(isComplete);
  const saving = useSave(
    () => {
      const input = { name: name.trim(), scope, definition };
      return view
        ? api.views.update(view.id, { version: view.version, ...input })
        : api.views.create(input);
    },
    {
      refreshes: [['view']],
      onSaved: async (saved) => {
        await refreshReferences();
        onClose();
        if (!view) void navigate(`/app/v/saved:${saved.id}`);
      },
    },
  );
  return (
    <FormDialog
      title={view ? t`Edit view` : t`New view`}
      action={view ? t`Save` : t`Create view`}
      size="l"
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={name.trim() === '' || !isWhole}
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
      <section className={styles.section}>
        <h3 className={styles.title}>{t`Which tickets`}</h3>
        <ConditionsEditor
          value={definition.conditions}
          onChange={(conditions) => change({ conditions })}
        />
        <Preview definition={definition} isWhole={isWhole} />
      </section>
      <section className={styles.section}>
        <h3 className={styles.title}>{t`How they are shown`}</h3>
        <Look definition={definition} onChange={change} />
      </section>
      {can('view.share') && <ScopeChoice value={scope} onChange={setScope} />}
    </FormDialog>
  );
}

function Preview({ definition, isWhole }: { definition: ViewDefinition; isWhole: boolean }) {
  const counted = useQuery({
    queryKey: ['view', 'preview', definition.conditions],
    queryFn: ({ signal }) => api.views.preview(definition, signal),
    enabled: isWhole,
    placeholderData: (before) => before,
  });
  const count = counted.data?.count;
  return (
    <p className={styles.preview} role="status">
      {!isWhole
        ? t`Fill in every condition to see how many tickets match.`
        : count === undefined
          ? t`Counting…`
          : plural(count, { one: '# ticket matches now', other: '# tickets match now' })}
    </p>
  );
}

interface LookProps {
  definition: ViewDefinition;
  onChange: (part: Partial<ViewDefinition>) => void;
}

function Look({ definition, onChange }: LookProps) {
  const groups: { id: ViewGroup | typeof NO_GROUP; label: string }[] = [
    { id: NO_GROUP, label: t`Not grouped` },
    ...GROUPS.map((id) => ({ id, label: wordFor(id) })),
  ];
  const toggle = (column: ViewColumn, isOn: boolean) =>
    onChange({
      columns: COLUMNS.filter((each) =>
        each === column ? isOn : definition.columns.includes(each),
      ),
    });
  return (
    <>
      <div className={styles.pair}>
        <Select
          label={t`Sorted by`}
          options={SORTS.map((id) => ({ id, label: wordFor(id) }))}
          value={definition.sort}
          onChange={(sort) => onChange({ sort })}
        />
        <Select
          label={t`Grouped by`}
          options={groups}
          value={definition.group ?? NO_GROUP}
          onChange={(group) => onChange({ group: group === NO_GROUP ? null : group })}
        />
      </div>
      <Switch
        isSelected={definition.ascending}
        onChange={(ascending) => onChange({ ascending })}
        detail={t`Oldest or least first`}
      >
        {t`Turn the order round`}
      </Switch>
      <Switch
        isSelected={definition.density === 'compact'}
        onChange={(isOn) => onChange({ density: isOn ? 'compact' : 'comfortable' })}
      >
        {t`Close rows`}
      </Switch>
      <fieldset className={styles.columns}>
        <legend>{t`Shown of each ticket`}</legend>
        {COLUMNS.map((column) => (
          <Checkbox
            key={column}
            isSelected={definition.columns.includes(column)}
            onChange={(isOn) => toggle(column, isOn)}
          >
            {wordFor(column)}
          </Checkbox>
        ))}
      </fieldset>
    </>
  );
}
