import { Trans } from '@lingui/react/macro';
import styles from './Macros.module.css';

const NAMES = [
  'customer.first_name',
  'customer.name',
  'customer.email',
  'agent.first_name',
  'agent.name',
  'ticket.id',
  'ticket.subject',
  'team.name',
  'workspace.name',
];
const EXAMPLE = '{{customer.first_name|there}}';

/** Which words a text can hold for something else. */
export function Variables() {
  return (
    <p className={styles.variables}>
      <Trans>
        These are filled in when the macro is used. What stands after a bar is written when we don’t
        know better: <code>{EXAMPLE}</code>
      </Trans>
      <br />
      {NAMES.map((name) => (
        <span key={name}>
          <code>{`{{${name}}}`}</code>{' '}
        </span>
      ))}
    </p>
  );
}
