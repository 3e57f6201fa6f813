/** The practice mailbox of a demo desk. Mounted at /app/practice/* in demo mode only. */
import { Page } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useInboxAddress } from './address';
import { OutgoingMail } from './OutgoingMail';
import styles from './Practice.module.css';
import { WriteMail } from './WriteMail';

export default function Practice() {
  const { t } = useLingui();
  const address = useInboxAddress();
  return (
    <Page
      title={t`Practice mailbox`}
      description={
        <Trans>
          Be the customer for a moment: write to <bdi>{address}</bdi>, answer the ticket as an
          agent, then come back and read what arrived. None of it leaves this machine.
        </Trans>
      }
      wide
    >
      <div className={styles.both}>
        <WriteMail address={address} />
        <OutgoingMail />
      </div>
    </Page>
  );
}
