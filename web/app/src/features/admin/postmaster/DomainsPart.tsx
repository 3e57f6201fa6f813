import type { SendingDomain } from '@evenkeel/api';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import {
  Button as DisclosureButton,
  Disclosure,
  DisclosurePanel,
  Heading,
} from 'react-aria-components/Disclosure';
import { api } from '../../auth/client';
import { Loaded } from '../../forms/Loaded';
import { Domain, KEY } from '../inboxes/SendingDomain';
import styles from './Postmaster.module.css';

/** What the domains we send from publish, checked on demand. */
export function DomainsPart() {
  const { t } = useLingui();
  const domains = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.sendingDomains.list(signal),
  });
  return (
    <section className={styles.part} aria-label={t`Domains`}>
      <h2 className={styles.heading}>
        <Trans>Domains</Trans>
      </h2>
      <Loaded query={domains}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={styles.quiet}>
              <Trans>No inbox sends from a domain of yours yet.</Trans>
            </p>
          ) : (
            <ul className={styles.list}>
              {items.map((domain) => (
                <DomainLine key={domain.domain} domain={domain} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function DomainLine({ domain }: { domain: SendingDomain }) {
  return (
    <li className={styles.mailbox}>
      <Disclosure className={styles.disclosure}>
        <Heading level={3} className={styles.disclosureHead}>
          <DisclosureButton slot="trigger" className={styles.disclosureButton}>
            <ChevronDown size={16} aria-hidden />
            <bdi className={styles.name}>{domain.domain}</bdi>
            <span className={styles.fact} data-state={domain.signs ? 'works' : 'resting'}>
              {domain.signs ? <Trans>Mail is signed</Trans> : <Trans>Mail is not signed yet</Trans>}
            </span>
          </DisclosureButton>
        </Heading>
        <DisclosurePanel>
          <Domain domain={domain} />
        </DisclosurePanel>
      </Disclosure>
    </li>
  );
}
