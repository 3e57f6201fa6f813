import type { MailSecurity } from '@evenkeel/api';
import { Banner, Select, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Row } from '../../forms/Form';
import styles from './Inboxes.module.css';
import { usualPort, type Server } from './providers';
import { useSecurityWords } from './words';

type ServerFieldsProps = {
  protocol: 'imap' | 'smtp';
  server: Server;
  onChange: (server: Server) => void;
  /** What a refused save says about a field. */
  words?: (field: string) => string | undefined;
};

const SECURITIES: readonly MailSecurity[] = ['tls', 'starttls', 'none'];

/** Host, port and encryption of one mail server. */
export function ServerFields({ protocol, server, onChange, words }: ServerFieldsProps) {
  const { t } = useLingui();
  const securityWords = useSecurityWords();
  const isReceiving = protocol === 'imap';
  return (
    <fieldset className={styles.server}>
      <legend className={styles.legend}>
        {isReceiving ? <Trans>Receiving (IMAP)</Trans> : <Trans>Sending (SMTP)</Trans>}
      </legend>
      <Row>
        <TextField
          label={t`Server`}
          className={styles.host}
          value={server.host}
          onChange={(host) => onChange({ ...server, host })}
          placeholder={isReceiving ? 'imap.example.com' : 'smtp.example.com'}
          errorMessage={words?.(`${protocol}.host`)}
          isRequired
        />
        <TextField
          label={t`Port`}
          className={styles.port}
          inputMode="numeric"
          value={String(server.port || '')}
          onChange={(port) => onChange({ ...server, port: Number(port.replace(/\D/g, '')) })}
          errorMessage={words?.(`${protocol}.port`)}
          isRequired
        />
      </Row>
      <Select
        label={t`Encryption`}
        value={server.security}
        onChange={(security) =>
          onChange({ ...server, security, port: usualPort(protocol, security) })
        }
        options={SECURITIES.map((id) => ({ id, label: securityWords[id] }))}
        errorMessage={words?.(`${protocol}.security`)}
      />
      {server.security === 'none' && (
        <Banner tone="warn">
          <Trans>
            Mail and password travel readable. Choose this only inside your own network.
          </Trans>
        </Banner>
      )}
    </fieldset>
  );
}
