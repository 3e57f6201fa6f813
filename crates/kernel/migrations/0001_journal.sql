CREATE TABLE journal (
  id {id},
  kind TEXT NOT NULL,
  version {int} NOT NULL,
  at {int} NOT NULL,
  actor TEXT NOT NULL,
  actor_id {int},
  origin TEXT NOT NULL,
  cause {int},
  depth {int} NOT NULL,
  brand_id {int} NOT NULL,
  quiet {int} NOT NULL,
  ticket_id {int},
  customer_id {int},
  agent_id {int},
  request TEXT,
  body TEXT NOT NULL
) {strict};
CREATE INDEX journal_by_ticket ON journal (ticket_id, id) WHERE ticket_id IS NOT NULL;

CREATE TABLE journal_order (
  position {int} NOT NULL PRIMARY KEY,
  record_id {int} NOT NULL,
  hash {bytes} NOT NULL
) {strict};
CREATE UNIQUE INDEX journal_order_by_record ON journal_order (record_id);

CREATE TABLE journal_new (record_id {int} NOT NULL PRIMARY KEY) {strict};

CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  epoch {int} NOT NULL,
  until {int} NOT NULL
) {strict};

CREATE TABLE readers (
  name TEXT NOT NULL PRIMARY KEY,
  position {int} NOT NULL,
  epoch {int} NOT NULL
) {strict};

CREATE TABLE parked_records (
  reader TEXT NOT NULL,
  position {int} NOT NULL,
  ticket_id {int},
  reason {bytes} NOT NULL,
  parked_at {int} NOT NULL,
  PRIMARY KEY (reader, position)
) {clustered};
CREATE INDEX parked_by_ticket ON parked_records (reader, ticket_id);

CREATE TABLE jobs (
  id {id},
  kind TEXT NOT NULL,
  key TEXT NOT NULL UNIQUE,
  payload TEXT NOT NULL,
  ticket_id {int},
  run_at {int} NOT NULL,
  attempt {int} NOT NULL,
  claim {int} NOT NULL,
  state TEXT NOT NULL,
  lease_until {int} NOT NULL,
  problem {bytes},
  created_at {int} NOT NULL
) {strict};
CREATE INDEX jobs_ready ON jobs (run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_ended ON jobs (run_at) WHERE state IN ('done', 'cancelled');

CREATE TABLE blobs (
  id {id},
  name {bytes} NOT NULL UNIQUE,
  key_id {int} NOT NULL,
  size {int} NOT NULL,
  body {bytes},
  created_at {int} NOT NULL
) {strict};

CREATE TABLE idempotency (
  agent_id {int} NOT NULL,
  key TEXT NOT NULL,
  command TEXT NOT NULL,
  result_id {int} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (agent_id, command, key)
) {clustered};
CREATE INDEX idempotency_by_age ON idempotency (at);

CREATE TABLE vault.data_keys (
  id {id},
  owner TEXT NOT NULL,
  wrapped {bytes},
  created_at {int} NOT NULL,
  destroyed_at {int}
) {strict};
CREATE UNIQUE INDEX {vault_index}one_workspace_key ON {vault_table}data_keys (owner) WHERE owner = 'workspace';
