import type { Attachment, Macro, MacroScope, MacroVariant, TicketStatus } from '@evenkeel/api';
import { Select, TextField } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { useSession } from '../../auth/session';
import { ActionsEditor } from '../../actions/ActionsEditor';
import { isWhole } from '../../actions/vocabulary';
import { ConditionsEditor } from '../../conditions/ConditionsEditor';
import { isComplete } from '../../conditions/vocabulary';
import { FormDialog } from '../../forms/FormDialog';
import { RichTextField } from '../../forms/RichTextField';
import { ScopeChoice } from '../../forms/ScopeChoice';
import { KEYS, useSaveReference } from '../queries';
import { MacroFiles } from './MacroFiles';
import { Variables } from './Variables';
import { Variants } from './Variants';
import styles from './Macros.module.css';

type StatusAfter = 'unchanged' | Extract<TicketStatus, 'pending' | 'on_hold' | 'solved'>;

const FIELDS = ['name', 'html', 'status_after'];

/** Writes one macro: a saved reply. */
export function MacroDialog({ macro, onClose }: { macro: Macro | null; onClose: () => void }) {
  const { t } = useLingui();
  const { can } = useSession();
  const mayShare = can('macro.manage');
  const [name, setName] = useState(macro?.name ?? '');
  const [html, setHtml] = useState(macro?.html ?? '');
  const [scope, setScope] = useState<MacroScope>(
    macro?.scope ?? (mayShare ? 'shared' : 'personal'),
  );
  const [statusAfter, setStatusAfter] = useState<StatusAfter>(
    (macro?.status_after as StatusAfter | null | undefined) ?? 'unchanged',
  );
  const [variants, setVariants] = useState<MacroVariant[]>(macro?.variants ?? []);
  const [actions, setActions] = useState(macro?.actions ?? []);
  const [conditions, setConditions] = useState(macro?.conditions ?? { all: [], any: [] });
  const [files, setFiles] = useState<readonly Attachment[]>(macro?.files ?? []);
  const { all = [], any = [] } = conditions;
  const isReady =
    name.trim() !== '' &&
    (html !== '' || actions.length > 0) &&
    actions.every(isWhole) &&
    [...all, ...any].every(isComplete) &&
    variants.every(({ language }) => language !== '');
  const saving = useSaveReference(
    () => {
      const input = {
        name: name.trim(),
        html,
        scope,
        status_after: statusAfter === 'unchanged' ? null : statusAfter,
        variants,
        actions,
        conditions,
        attachment_ids: files.map(({ id }) => id),
      };
      return macro
        ? api.macros.update(macro.id, { version: macro.version, ...input })
        : api.macros.create(input);
    },
    { refreshes: [KEYS.macros], onSaved: onClose },
  );
  const statuses: { id: StatusAfter; label: string }[] = [
    { id: 'unchanged', label: t`Leave it as it is` },
    { id: 'pending', label: t`Pending` },
    { id: 'on_hold', label: t`On hold` },
    { id: 'solved', label: t`Solved` },
  ];
  return (
    <FormDialog
      title={macro ? t`Edit macro` : t`New macro`}
      action={macro ? t`Save` : t`Create macro`}
      size="l"
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={!isReady}
      error={saving.error}
      fields={FIELDS}
    >
      <TextField
        label={t`Name`}
        description={t`What you will type after the slash.`}
        value={name}
        onChange={setName}
        errorMessage={saving.words('name')}
        autoFocus
        isRequired
      />
      <RichTextField
        label={t`Text`}
        value={html}
        onChange={setHtml}
        errorMessage={saving.words('html')}
      />
      <Variables />
      <Variants value={variants} onChange={setVariants} />
      <MacroFiles files={files} onChange={setFiles} />
      <Select
        label={t`Status of the ticket after sending`}
        options={statuses}
        value={statusAfter}
        onChange={setStatusAfter}
        errorMessage={saving.words('status_after')}
      />
      <section className={styles.section}>
        <h3 className={styles.title}>{t`What it does to the ticket`}</h3>
        <ActionsEditor value={actions} onChange={setActions} />
      </section>
      <section className={styles.section}>
        <h3 className={styles.title}>{t`On which tickets it is offered`}</h3>
        <ConditionsEditor value={conditions} onChange={setConditions} />
      </section>
      {mayShare && <ScopeChoice value={scope} onChange={setScope} />}
    </FormDialog>
  );
}
