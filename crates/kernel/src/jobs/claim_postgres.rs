//! Taking due jobs and noting their ends on PostgreSQL: workers pass by what another one is just
//! taking.

/// `$1` now, `$2` lease end, `$3` the database's now, `$4` how many.
pub(super) const CLAIM: &str = "UPDATE jobs SET state = 'running', attempt = attempt + 1, \
    claim = claim + 1, \
    lease_until = $2 WHERE id IN (SELECT id FROM jobs WHERE (state = 'ready' AND run_at <= $1) \
    OR (state = 'running' AND lease_until < $3) ORDER BY run_at, id LIMIT $4 \
    FOR UPDATE SKIP LOCKED) RETURNING id, kind, key, payload, attempt, claim";

/// `$1` pairs of id and claim as JSON.
pub(super) const FINISH: &str = "UPDATE jobs SET state = 'done', problem = NULL \
    FROM jsonb_array_elements(CAST(CAST($1 AS TEXT) AS JSONB)) AS ended (value) \
    WHERE jobs.id = CAST(ended.value ->> 0 AS BIGINT) \
    AND jobs.claim = CAST(ended.value ->> 1 AS BIGINT)";
