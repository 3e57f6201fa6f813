import type { CareLanguage, SurveyScope, SurveySetting } from '@evenkeel/api';
import { Checkbox, Select, Switch, TextField } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { CARE_LANGUAGES } from '../../../lib/careWords';
import { api } from '../../auth/client';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { useBrandList, useInboxList, useTagList, useTeamList } from '../queries';

interface SurveyDialogProps {
  setting: SurveySetting | null;
  taken: readonly SurveySetting[];
  refreshes: string[];
  onClose: () => void;
}

const FIELDS = ['scope_id', 'delay_minutes', 'apart_days', 'sample_percent', 'change_days'];

/** How one scope asks: when, whom, how often. */
export function SurveyDialog({ setting, taken, refreshes, onClose }: SurveyDialogProps) {
  const { t } = useLingui();
  const scopes = useScopes(taken);
  const tags = useTagList();
  const [scope, setScope] = useState(setting ? `${setting.scope}:${setting.scope_id}` : null);
  const [enabled, setEnabled] = useState(setting?.enabled ?? true);
  const [language, setLanguage] = useState<CareLanguage>(setting?.language ?? 'en');
  const [hours, setHours] = useState(String((setting?.delay_minutes ?? 24 * 60) / 60));
  const [apart, setApart] = useState(String(setting?.apart_days ?? 30));
  const [sample, setSample] = useState(String(setting?.sample_percent ?? 100));
  const [change, setChange] = useState(String(setting?.change_days ?? 14));
  const [excluded, setExcluded] = useState<readonly number[]>(setting?.excluded_tags ?? []);
  const [complaints, setComplaints] = useState(
    setting?.excluded_types.includes('complaint') ?? false,
  );
  const saving = useSave(
    () => {
      const [kind, id] = (scope ?? 'workspace:0').split(':');
      const otherTypes = (setting?.excluded_types ?? []).filter((type) => type !== 'complaint');
      return api.surveys.saveSetting({
        scope: kind as SurveyScope,
        scope_id: Number(id),
        version: setting?.version ?? 0,
        enabled,
        language,
        delay_minutes: Math.round(Number(hours) * 60),
        apart_days: Math.round(Number(apart)),
        sample_percent: Math.round(Number(sample)),
        change_days: Math.round(Number(change)),
        excluded_tags: [...excluded],
        excluded_types: complaints ? [...otherTypes, 'complaint'] : otherTypes,
      });
    },
    { refreshes: [refreshes], onSaved: onClose },
  );
  const numbers = [hours, apart, sample, change];
  const isIncomplete =
    scope === null || numbers.some((text) => text.trim() === '' || Number.isNaN(Number(text)));
  const toggle = (id: number, isOut: boolean) =>
    setExcluded((now) => (isOut ? [...now, id] : now.filter((it) => it !== id)));
  return (
    <FormDialog
      title={setting ? t`Edit survey` : t`New setting`}
      action={t`Save`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={isIncomplete}
      error={saving.error}
      fields={FIELDS}
      size="m"
    >
      {!setting && (
        <Select
          label={t`For`}
          value={scope}
          onChange={setScope}
          options={scopes}
          placeholder={t`Choose`}
          errorMessage={saving.words('scope_id')}
        />
      )}
      <Switch isSelected={enabled} onChange={setEnabled}>
        {t`Ask customers`}
      </Switch>
      <TextField
        label={t`How long after it is solved, in hours`}
        inputMode="decimal"
        value={hours}
        onChange={setHours}
        errorMessage={saving.words('delay_minutes')}
      />
      <TextField
        label={t`A customer is asked at most once in so many days`}
        inputMode="numeric"
        value={apart}
        onChange={setApart}
        errorMessage={saving.words('apart_days')}
      />
      <TextField
        label={t`How many of a hundred tickets, drawn at random`}
        inputMode="numeric"
        value={sample}
        onChange={setSample}
        errorMessage={saving.words('sample_percent')}
      />
      <TextField
        label={t`How many days an answer can be given and changed`}
        inputMode="numeric"
        value={change}
        onChange={setChange}
        errorMessage={saving.words('change_days')}
      />
      <Select
        label={t`Language when the customer’s is not known`}
        value={language}
        onChange={setLanguage}
        options={CARE_LANGUAGES}
      />
      <Checkbox isSelected={complaints} onChange={setComplaints}>
        {t`Leave complaints out`}
      </Checkbox>
      {(tags.data?.items ?? []).length > 0 && (
        <div role="group" aria-label={t`Leave tickets with these tags out`}>
          <p>{t`Leave tickets with these tags out`}</p>
          {(tags.data?.items ?? []).map((tag) => (
            <Checkbox
              key={tag.id}
              isSelected={excluded.includes(tag.id)}
              onChange={(isOut) => toggle(tag.id, isOut)}
            >
              <bdi>{tag.name}</bdi>
            </Checkbox>
          ))}
        </div>
      )}
    </FormDialog>
  );
}

/** What has no setting of its own yet. */
function useScopes(taken: readonly SurveySetting[]) {
  const { t } = useLingui();
  const [brands, inboxes, teams] = [useBrandList(), useInboxList(), useTeamList()];
  const all = [
    { id: 'workspace:0', label: t`Everybody` },
    ...(brands.data?.items ?? []).map((it) => ({
      id: `brand:${it.id}`,
      label: t`Brand: ${it.name}`,
    })),
    ...(inboxes.data?.items ?? []).map((it) => ({
      id: `inbox:${it.id}`,
      label: t`Inbox: ${it.name}`,
    })),
    ...(teams.data?.items ?? []).map((it) => ({ id: `team:${it.id}`, label: t`Team: ${it.name}` })),
  ];
  const isFree = (id: string) => !taken.some((it) => `${it.scope}:${it.scope_id}` === id);
  return all.filter(({ id }) => isFree(id));
}
