-- One row per agent who ever worked: the row to lock for everything that fills an agent's hands.
-- Whoever has no row is offline.
CREATE TABLE agent_states (
  agent_id {int} NOT NULL PRIMARY KEY REFERENCES agents (id),
  state TEXT NOT NULL,
  cause TEXT NOT NULL,
  reason {bytes},
  set_by {int},
  since {int} NOT NULL,
  seen_at {int} NOT NULL,
  version {int} NOT NULL
) {strict};
