CREATE TABLE inboxes (
  id {id},
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  sender_name TEXT NOT NULL,
  brand_id {int} NOT NULL,
  team_id {int},
  enabled {int} NOT NULL,
  practice {int} NOT NULL,
  signature {bytes} NOT NULL,
  imap_host TEXT,
  imap_port {int},
  imap_security TEXT,
  imap_username TEXT,
  imap_folder TEXT,
  imap_password {bytes},
  smtp_host TEXT,
  smtp_port {int},
  smtp_security TEXT,
  smtp_username TEXT,
  smtp_password {bytes},
  import TEXT NOT NULL,
  key_id {int} NOT NULL,
  version {int} NOT NULL,
  created_at {int} NOT NULL,
  deleted_at {int}
) {strict};
CREATE UNIQUE INDEX inboxes_by_address ON inboxes (address) WHERE deleted_at IS NULL;

CREATE TABLE inbox_health (
  inbox_id {int} NOT NULL,
  direction TEXT NOT NULL,
  state TEXT NOT NULL,
  problem {bytes},
  mend TEXT,
  checked_at {int} NOT NULL,
  PRIMARY KEY (inbox_id, direction)
) {strict};

CREATE TABLE mailbox_cursors (
  inbox_id {int} NOT NULL PRIMARY KEY,
  uid_validity {int} NOT NULL,
  uid {int} NOT NULL,
  old_through {int} NOT NULL,
  connected_at {int} NOT NULL
) {strict};

CREATE TABLE inbound_mail (
  id {id},
  inbox_id {int} NOT NULL,
  source TEXT NOT NULL,
  state TEXT NOT NULL,
  raw_hash {bytes} NOT NULL,
  blob_id {int},
  size {int} NOT NULL,
  quiet {int} NOT NULL,
  sender {bytes},
  subject {bytes},
  reason {bytes},
  attempts {int} NOT NULL,
  ticket_id {int},
  number {int},
  received_at {int} NOT NULL,
  settled_at {int}
) {strict};
CREATE UNIQUE INDEX inbound_mail_by_hash ON inbound_mail (raw_hash);
CREATE INDEX inbound_mail_failed ON inbound_mail (id) WHERE state = 'failed';

CREATE TABLE mail_fingerprints (
  fingerprint {bytes} NOT NULL PRIMARY KEY,
  mail_id {int} NOT NULL
) {strict};

CREATE TABLE delivery_attempts (
  delivery_id {int} NOT NULL PRIMARY KEY,
  attempts {int} NOT NULL,
  first_at {int} NOT NULL
) {strict};

CREATE TABLE practice_messages (
  id {id},
  delivery_id {int},
  recipient TEXT NOT NULL,
  raw {bytes} NOT NULL,
  at {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX practice_messages_by_delivery ON practice_messages (delivery_id)
  WHERE delivery_id IS NOT NULL;
