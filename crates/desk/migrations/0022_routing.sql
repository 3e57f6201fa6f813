-- How a team's work is shared out, and between which bounds its people choose for themselves.
CREATE TABLE team_routing (
  team_id {int} NOT NULL PRIMARY KEY REFERENCES teams (id) ON DELETE CASCADE,
  ceiling_min {int} NOT NULL,
  ceiling_max {int} NOT NULL,
  recovery_minutes {int} NOT NULL,
  version {int} NOT NULL
) {strict};

CREATE TABLE team_queues (
  team_id {int} NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  channel TEXT NOT NULL,
  mode TEXT NOT NULL,
  strategy TEXT NOT NULL,
  previous_agent_first {int} NOT NULL,
  account_owner_first {int} NOT NULL,
  units {int} NOT NULL,
  offer_seconds {int} NOT NULL,
  lower_after {int},
  drop_after {int},
  overflow_team_id {int} REFERENCES teams (id) ON DELETE SET NULL,
  overflow_after {int},
  closed TEXT NOT NULL,
  PRIMARY KEY (team_id, channel)
) {clustered};

CREATE TABLE skills (
  id {id},
  name TEXT NOT NULL,
  fold TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  language TEXT,
  language_level {int} NOT NULL,
  version {int} NOT NULL,
  created_at {int} NOT NULL
) {strict};

-- Which tickets ask for a skill: those of an inbox, of a type or with a tag.
CREATE TABLE skill_needs (
  skill_id {int} NOT NULL REFERENCES skills (id) ON DELETE CASCADE,
  number {int} NOT NULL,
  level {int} NOT NULL,
  inbox_id {int},
  type TEXT,
  tag_id {int},
  PRIMARY KEY (skill_id, number)
) {clustered};

CREATE TABLE agent_skills (
  agent_id {int} NOT NULL REFERENCES agents (id),
  skill_id {int} NOT NULL REFERENCES skills (id) ON DELETE CASCADE,
  level {int} NOT NULL,
  valid_until {int},
  PRIMARY KEY (agent_id, skill_id)
) {clustered};

-- What an agent can carry (units), how much of it routing fills (percent, their own choice), and
-- what protects them. The last three are for the agent's eyes only.
CREATE TABLE agent_loads (
  agent_id {int} NOT NULL PRIMARY KEY REFERENCES agents (id),
  units_max {int} NOT NULL,
  ceiling {int} NOT NULL,
  given_at {int} NOT NULL,
  recovery_from {int} NOT NULL,
  recovery_until {int} NOT NULL,
  exposure {int} NOT NULL,
  exposure_day {int} NOT NULL,
  strain {int} NOT NULL,
  strain_at {int} NOT NULL,
  version {int} NOT NULL
) {strict};

CREATE TABLE offers (
  id {id},
  ticket_id {int} NOT NULL,
  agent_id {int} NOT NULL REFERENCES agents (id),
  team_id {int} NOT NULL,
  units {int} NOT NULL,
  hard {int} NOT NULL,
  why TEXT NOT NULL,
  state TEXT NOT NULL,
  reason {bytes},
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  settled_at {int}
) {strict};
-- A ticket lies before one agent at a time, and an agent looks at one offer at a time.
CREATE UNIQUE INDEX offers_open_ticket ON offers (ticket_id) WHERE state = 'open';
CREATE UNIQUE INDEX offers_open_agent ON offers (agent_id) WHERE state = 'open';
CREATE INDEX offers_ticket ON offers (ticket_id, id);

-- A ticket flows over once, so that it never wanders.
CREATE TABLE overflows (
  ticket_id {int} NOT NULL PRIMARY KEY,
  from_team_id {int} NOT NULL,
  to_team_id {int} NOT NULL,
  at {int} NOT NULL
) {strict};
