import type { InboundFailure } from '@evenkeel/api';
import { TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';

/** Asks why nothing is to be made of a mail. */
export function DiscardDialog({
  failure,
  onClose,
}: {
  failure: InboundFailure;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const [reason, setReason] = useState('');
  const discarding = useSave(() => api.failures.discard(failure.id, reason.trim()), {
    refreshes: [KEYS.failures],
    onSaved: onClose,
  });
  return (
    <FormDialog
      title={t`Discard this mail?`}
      action={t`Discard mail`}
      onSubmit={() => discarding.save(undefined)}
      onClose={onClose}
      isBusy={discarding.isSaving}
      isIncomplete={reason.trim() === ''}
      error={discarding.error}
      fields={['reason']}
    >
      <p>
        <Trans>
          No ticket is made of it. It is kept for 30 days and can be brought back until then.
        </Trans>
      </p>
      <TextField
        label={t`Why`}
        description={t`Stands in the audit trail, so that others understand it later.`}
        value={reason}
        onChange={setReason}
        errorMessage={discarding.words('reason')}
        maxLength={500}
        autoFocus
        isRequired
      />
    </FormDialog>
  );
}
