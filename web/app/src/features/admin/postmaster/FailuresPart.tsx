import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../auth/client';
import { Loaded } from '../../forms/Loaded';
import { LinkButton } from '../../layout/LinkButton';
import { KEYS } from '../queries';
import styles from './Postmaster.module.css';

/** Counted up to this many; beyond, "more than". */
const COUNTED = 100;

/** How many mails wait for a decision, and the way to them. */
export function FailuresPart() {
  const { t } = useLingui();
  const failures = useQuery({
    queryKey: [...KEYS.failures, 'count'],
    queryFn: ({ signal }) => api.failures.list({ limit: COUNTED }, signal),
    refetchInterval: 15_000,
  });
  return (
    <section className={styles.part} aria-label={t`Couldn’t process`}>
      <h2 className={styles.heading}>
        <Trans>Couldn’t process</Trans>
      </h2>
      <Loaded query={failures}>
        {({ items: { length: count } }) =>
          count === 0 ? (
            <p className={styles.quiet}>
              <Trans>All mail got through.</Trans>
            </p>
          ) : (
            <div className={styles.line}>
              <p>
                <Plural
                  value={count}
                  one="# mail couldn’t become a ticket and waits for you."
                  other="# mails couldn’t become tickets and wait for you."
                />
              </p>
              <div className={styles.actions}>
                <LinkButton to="/app/admin/failures" size="s">
                  <Trans>Look at them</Trans>
                </LinkButton>
              </div>
            </div>
          )
        }
      </Loaded>
    </section>
  );
}
