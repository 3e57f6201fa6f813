-- How an inbox sends; without a row, as its provider is known to want it.
CREATE TABLE sending_options (
  inbox_id {int} NOT NULL PRIMARY KEY,
  quote_history {int} NOT NULL,
  per_minute {int},
  per_day {int},
  version {int} NOT NULL
) {strict};

-- When the next mail of an inbox may leave; its row is locked to take a turn.
CREATE TABLE sending_pace (
  inbox_id {int} NOT NULL PRIMARY KEY,
  next_at {int} NOT NULL
) {strict};

-- Mails handed over per hour, for limits of a day.
CREATE TABLE sending_hours (
  inbox_id {int} NOT NULL,
  hour {int} NOT NULL,
  mails {int} NOT NULL,
  PRIMARY KEY (inbox_id, hour)
) {strict};

-- The turn a waiting delivery was given, and when a server first put it off.
CREATE TABLE sending_turns (
  delivery_id {int} NOT NULL PRIMARY KEY,
  at {int},
  put_off_at {int}
) {strict};

-- Accounts on servers that asked us to slow down.
CREATE TABLE sending_pauses (
  account {bytes} NOT NULL PRIMARY KEY,
  until {int} NOT NULL,
  pauses {int} NOT NULL,
  worked_at {int},
  reason {bytes}
) {strict};

-- Keys by which mail of a domain is signed (RFC 6376, RFC 8463); the secret under the master key.
CREATE TABLE dkim_keys (
  id {id},
  domain TEXT NOT NULL,
  generation {int} NOT NULL,
  selector TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  secret {bytes} NOT NULL,
  public_key {bytes} NOT NULL,
  published TEXT NOT NULL,
  insisted {int} NOT NULL,
  created_at {int} NOT NULL,
  checked_at {int},
  retired_at {int}
) {strict};
CREATE UNIQUE INDEX dkim_keys_by_selector ON dkim_keys (domain, selector);

-- Addresses that want no more surveys, or no more acknowledgements.
CREATE TABLE unsubscribed (
  identity_id {int} NOT NULL,
  kind TEXT NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (identity_id, kind)
) {strict};
