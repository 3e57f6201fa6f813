import type { Macro, MacroScope, TicketStatus } from '@evenkeel/api';
import { RadioGroup, Select, TextField } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { useSession } from '../../auth/session';
import { FormDialog } from '../../forms/FormDialog';
import { RichTextField } from '../../forms/RichTextField';
import { KEYS, useSaveReference } from '../queries';

type StatusAfter = 'unchanged' | Extract<TicketStatus, 'pending' | 'on_hold' | 'solved'>;

const FIELDS = ['name', 'html', 'scope', 'status_after'];

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
  const saving = useSaveReference(
    () => {
      const input = {
        name: name.trim(),
        html,
        scope,
        status_after: statusAfter === 'unchanged' ? null : statusAfter,
      };
      return macro
        ? api.macros.update(macro.id, { version: macro.version, ...input })
        : api.macros.create(input);
    },
    { refreshes: [KEYS.macros], onSaved: onClose },
  );
  const scopes: { id: MacroScope; label: string }[] = [
    { id: 'shared', label: t`Everybody` },
    { id: 'personal', label: t`Only me` },
  ];
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
      size="m"
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={name.trim() === '' || html === ''}
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
      {mayShare && <RadioGroup label={t`For`} options={scopes} value={scope} onChange={setScope} />}
      <Select
        label={t`Status of the ticket after sending`}
        options={statuses}
        value={statusAfter}
        onChange={setStatusAfter}
        errorMessage={saving.words('status_after')}
      />
    </FormDialog>
  );
}
