import { Trans } from '@lingui/react/macro';
import { t } from '@lingui/core/macro';
import type { Found } from '../../../store/state';
import { Marked } from './Marked';
import styles from './Search.module.css';

/** Customers whom a search found, and whether older tickets are still missing. */
export function FoundAside({ found }: { found: Found }) {
  if (found.customers.length === 0 && !found.incomplete) return null;
  return (
    <div className={styles.aside}>
      {found.incomplete && (
        <p className={styles.hint}>
          <Trans>The search index is being built; older tickets may be missing.</Trans>
        </p>
      )}
      {found.customers.length > 0 && (
        <ul className={styles.customers} aria-label={t`Customers`}>
          {found.customers.map((customer) => (
            <li key={customer.id} dir="auto">
              <Marked {...customer.name} />
              {customer.email && <span className={styles.email}>{customer.email}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
