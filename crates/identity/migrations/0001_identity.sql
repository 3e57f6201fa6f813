-- People who sign in, and how they do. Names and addresses are in clear (look-up and sorting);
-- everything else that a person wrote, and where they came from, is encrypted.

CREATE TABLE workspace (
    id {id},
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at {int} NOT NULL
) {strict};

CREATE TABLE agents (
    id {id},
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at {int} NOT NULL,
    version {int} NOT NULL
) {strict};

CREATE TABLE preferences (
    agent_id {int} NOT NULL PRIMARY KEY REFERENCES agents (id),
    language TEXT NOT NULL,
    theme TEXT NOT NULL,
    density TEXT NOT NULL,
    shortcuts {int} NOT NULL,
    signature_html {bytes}
) {strict};

CREATE TABLE sessions (
    id {id},
    agent_id {int} NOT NULL REFERENCES agents (id),
    token_hash {bytes} NOT NULL UNIQUE,
    user_agent {bytes} NOT NULL,
    ip {bytes} NOT NULL,
    created_at {int} NOT NULL,
    last_seen_at {int} NOT NULL
) {strict};
CREATE INDEX sessions_by_agent ON sessions (agent_id);
CREATE INDEX sessions_by_last_seen ON sessions (last_seen_at);
CREATE INDEX sessions_by_created ON sessions (created_at);

-- Browsers and networks an agent has signed in from, as keyed hashes.
CREATE TABLE known_sources (
    agent_id {int} NOT NULL REFERENCES agents (id),
    source {bytes} NOT NULL,
    last_used_at {int} NOT NULL,
    PRIMARY KEY (agent_id, source)
) {strict};

CREATE TABLE invitations (
    id {id},
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    team_ids TEXT NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    invited_by {int} NOT NULL REFERENCES agents (id),
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL
) {strict};
CREATE INDEX invitations_by_email ON invitations (email);

CREATE TABLE tokens (
    id {id},
    agent_id {int} NOT NULL REFERENCES agents (id),
    name {bytes} NOT NULL,
    scopes TEXT NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    created_at {int} NOT NULL,
    last_used_at {int},
    expires_at {int}
) {strict};
CREATE INDEX tokens_by_agent ON tokens (agent_id);
