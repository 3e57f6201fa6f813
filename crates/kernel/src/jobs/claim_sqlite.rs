//! Taking due jobs and noting their ends on SQLite, whose single writer needs no row locks.

/// `$1` now, `$2` lease end, `$3` the database's now, `$4` how many.
pub(super) const CLAIM: &str = "UPDATE jobs SET state = 'running', attempt = attempt + 1, \
    claim = claim + 1, \
    lease_until = $2 WHERE id IN (SELECT id FROM jobs WHERE (state = 'ready' AND run_at <= $1) \
    OR (state = 'running' AND lease_until < $3) ORDER BY run_at, id LIMIT $4) \
    RETURNING id, kind, key, payload, attempt, claim";

/// `$1` pairs of id and claim as JSON.
pub(super) const FINISH: &str = "UPDATE jobs SET state = 'done', problem = NULL \
    FROM json_each($1) AS ended WHERE jobs.id = ended.value ->> 0 \
    AND jobs.claim = ended.value ->> 1";
