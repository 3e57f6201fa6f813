import type { Skill, SkillKind } from '@evenkeel/api';
import { Select, TextField } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useInboxes, useTags } from '../../../store';
import { api } from '../../auth/client';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';
import { kindLabel } from './words';

const KINDS: readonly SkillKind[] = ['language', 'product', 'certificate', 'other'];
const LEVELS = ['1', '2', '3', '4', '5'] as const;

/** A skill, and which tickets ask for it. Several needs are kept; one is set here. */
export function SkillDialog({ skill, onClose }: { skill: Skill | null; onClose: () => void }) {
  const { t } = useLingui();
  const inboxes = useInboxes();
  const tags = useTags();
  const need = skill?.needs[0];
  const [name, setName] = useState(skill?.name ?? '');
  const [kind, setKind] = useState<SkillKind>(skill?.kind ?? 'language');
  const [language, setLanguage] = useState(skill?.language ?? '');
  const [level, setLevel] = useState(String(need?.level ?? skill?.language_level ?? 3));
  const [inbox, setInbox] = useState(need?.inbox_id ?? null);
  const [tag, setTag] = useState(need?.tag_id ?? null);
  const saving = useSave(
    () => {
      const chosen = inbox !== null || tag !== null;
      const first = chosen
        ? [{ level: Number(level), inbox_id: inbox, tag_id: tag, type: need?.type ?? null }]
        : [];
      const input = {
        name: name.trim(),
        kind,
        language: kind === 'language' ? language.trim().toLowerCase() || null : null,
        language_level: Number(level),
        needs: [...first, ...(skill?.needs.slice(1) ?? [])],
      };
      return skill
        ? api.skills.update(skill.id, { version: skill.version, ...input })
        : api.skills.create(input);
    },
    { refreshes: [KEYS.skills], onSaved: onClose },
  );
  const anyOf = (items: readonly { id: number; label: string }[], none: string) => [
    { id: '', label: none },
    ...items.map(({ id, label }) => ({ id: String(id), label })),
  ];
  const toId = (id: string) => (id === '' ? null : Number(id));
  return (
    <FormDialog
      title={skill ? t`Edit skill` : t`New skill`}
      action={skill ? t`Save` : t`Create skill`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={name.trim() === ''}
      error={saving.error}
      fields={['name', 'language']}
    >
      <TextField
        label={t`Name`}
        value={name}
        onChange={setName}
        errorMessage={saving.words('name')}
        autoFocus
        isRequired
      />
      <Select
        label={t`Kind`}
        value={kind}
        onChange={setKind}
        options={KINDS.map((id) => ({ id, label: kindLabel(id) }))}
      />
      {kind === 'language' && (
        <TextField
          label={t`Code of the language`}
          description={t`Two letters, such as de. Tickets in this language ask for it.`}
          value={language}
          onChange={setLanguage}
          errorMessage={saving.words('language')}
        />
      )}
      <Select
        label={t`Level asked for`}
        value={level}
        onChange={setLevel}
        options={LEVELS.map((id) => ({ id, label: id }))}
      />
      <Select
        label={t`Asked for by tickets of the inbox`}
        value={String(inbox ?? '')}
        onChange={(id) => setInbox(toId(id))}
        options={anyOf(
          inboxes.map(({ id, address }) => ({ id, label: address })),
          t`Any or none`,
        )}
      />
      <Select
        label={t`Asked for by tickets with the tag`}
        value={String(tag ?? '')}
        onChange={(id) => setTag(toId(id))}
        options={anyOf(
          tags.map(({ id, name: label }) => ({ id, label })),
          t`Any or none`,
        )}
      />
    </FormDialog>
  );
}
