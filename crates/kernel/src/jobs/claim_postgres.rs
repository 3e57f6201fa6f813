//! Taking due jobs on PostgreSQL: workers pass by what another one is just taking.

/// `$1` now, `$2` lease end, `$3` the database's now, `$4` how many.
pub(super) const CLAIM: &str = "UPDATE jobs SET state = 'running', attempt = attempt + 1, \
    claim = claim + 1, \
    lease_until = $2 WHERE id IN (SELECT id FROM jobs WHERE (state = 'ready' AND run_at <= $1) \
    OR (state = 'running' AND lease_until < $3) ORDER BY run_at, id LIMIT $4 \
    FOR UPDATE SKIP LOCKED) RETURNING id, kind, key, payload, attempt, claim";
