ALTER TABLE inbound_mail ADD COLUMN envelope_from TEXT;
ALTER TABLE inbound_mail ADD COLUMN envelope_to TEXT;
ALTER TABLE inbound_mail ADD COLUMN helo TEXT;
ALTER TABLE inbound_mail ADD COLUMN client_ip TEXT;

CREATE INDEX inbound_mail_by_ticket ON inbound_mail (ticket_id) WHERE ticket_id IS NOT NULL;

CREATE TABLE mail_entrances (
  mail_id {int} NOT NULL,
  inbox_id {int} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (mail_id, inbox_id)
) {strict};

CREATE TABLE ticket_entrances (
  ticket_id {int} NOT NULL,
  inbox_id {int} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (ticket_id, inbox_id)
) {strict};

CREATE TABLE inbox_webhooks (
  inbox_id {int} NOT NULL PRIMARY KEY,
  provider TEXT NOT NULL,
  token {bytes} NOT NULL,
  token_hash {bytes} NOT NULL,
  secret {bytes},
  version {int} NOT NULL,
  created_at {int} NOT NULL,
  arrived_at {int}
) {strict};
CREATE UNIQUE INDEX inbox_webhooks_by_token ON inbox_webhooks (token_hash);

CREATE TABLE webhook_tokens (
  token_hash {bytes} NOT NULL PRIMARY KEY,
  raw_hash {bytes} NOT NULL,
  at {int} NOT NULL
) {strict};
CREATE INDEX webhook_tokens_by_time ON webhook_tokens (at);
