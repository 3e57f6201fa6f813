-- Names are compared by `fold`: lower case, single spaces.
CREATE TABLE brands (
  id {id},
  name TEXT NOT NULL,
  created_at {int} NOT NULL
) {strict};
-- The brand every ticket and inbox belongs to until there is a second one.
INSERT INTO brands (name, created_at) VALUES ('Default', 0);

CREATE TABLE teams (
  id {id},
  name TEXT NOT NULL,
  fold TEXT NOT NULL UNIQUE,
  version {int} NOT NULL,
  created_at {int} NOT NULL
) {strict};

CREATE TABLE team_members (
  team_id {int} NOT NULL REFERENCES teams (id),
  agent_id {int} NOT NULL REFERENCES agents (id),
  PRIMARY KEY (team_id, agent_id)
) {clustered};
CREATE INDEX team_members_by_agent ON team_members (agent_id, team_id);

CREATE TABLE tags (
  id {id},
  name TEXT NOT NULL UNIQUE,
  color {int},
  version {int} NOT NULL,
  created_at {int} NOT NULL
) {strict};

CREATE TABLE macros (
  id {id},
  name TEXT NOT NULL,
  html {bytes} NOT NULL,
  owner_id {int} REFERENCES agents (id),
  status_after TEXT,
  version {int} NOT NULL,
  created_at {int} NOT NULL
) {strict};
CREATE INDEX macros_by_owner ON macros (owner_id, id);
