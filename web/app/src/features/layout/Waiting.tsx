import { Page, Skeleton } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';

/** A page whose content is on its way. */
export function Waiting() {
  const { t } = useLingui();
  return (
    <Page title={' '}>
      <Skeleton lines={6} label={t`Loading`} />
    </Page>
  );
}
