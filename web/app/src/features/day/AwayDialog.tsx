import { newKey } from '@evenkeel/api';
import { Select } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useAgents } from '../../store';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { FormDialog } from '../forms/FormDialog';
import { useSave } from '../forms/useSave';
import { ABSENCES, DAY } from '../workspace/together/queries';
import { TimeField } from '../workspace/tickets/TimeField';

const NOBODY = 'nobody';

/** Says when a person is away and who stands in for them. */
export function AwayDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const { me } = useSession();
  const colleagues = useAgents().filter(
    ({ id, status }) => status === 'active' && id !== me.agent.id,
  );
  const [from, setFrom] = useState<Date | null>(() => new Date());
  const [to, setTo] = useState<Date | null>(null);
  const [standIn, setStandIn] = useState(NOBODY);
  const [key] = useState(newKey);
  const saving = useSave(
    (span: { from: Date; to: Date }) =>
      api.absences.create(
        {
          from: span.from.toISOString(),
          to: span.to.toISOString(),
          stand_in_id: standIn === NOBODY ? null : Number(standIn),
        },
        key,
      ),
    { refreshes: [DAY, ABSENCES], onSaved: onClose },
  );
  return (
    <FormDialog
      title={t`I will be away`}
      action={t`Save`}
      onSubmit={() => from && to && saving.save({ from, to })}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={from === null || to === null}
      error={saving.error}
      fields={['from', 'to', 'stand_in_id']}
    >
      <TimeField
        label={t`From`}
        value={from}
        onChange={setFrom}
        errorMessage={saving.words('from')}
      />
      <TimeField label={t`Until`} value={to} onChange={setTo} errorMessage={saving.words('to')} />
      <Select
        label={t`Who stands in`}
        options={[
          { id: NOBODY, label: t`Nobody in particular` },
          ...colleagues.map(({ id, name }) => ({ id: String(id), label: name })),
        ]}
        value={standIn}
        onChange={setStandIn}
        errorMessage={saving.words('stand_in_id')}
        description={t`They hear of mentions, answers and promises that come for you.`}
      />
    </FormDialog>
  );
}
