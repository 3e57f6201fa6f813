-- How much a sender wrote lately, to one inbox or (inbox 0) to all. The sender is a keyed hash.
-- `before` holds the counts of the hour that ended at `since`.
CREATE TABLE mail_senders (
  sender {bytes} NOT NULL,
  inbox_id {int} NOT NULL,
  since {int} NOT NULL,
  mails {int} NOT NULL,
  answers {int} NOT NULL,
  mails_before {int} NOT NULL,
  answers_before {int} NOT NULL,
  PRIMARY KEY (sender, inbox_id)
) {clustered};

-- The ticket on which mail of one kind and day (since the epoch, UTC) is gathered; the key is a
-- hash of both.
CREATE TABLE mail_gatherings (
  gathering {bytes} NOT NULL PRIMARY KEY,
  day {int} NOT NULL,
  ticket_id {int}
) {strict};

-- Which inboxes acknowledge mail, and in which language.
CREATE TABLE inbox_acknowledgements (
  inbox_id {int} NOT NULL PRIMARY KEY,
  enabled {int} NOT NULL,
  language TEXT NOT NULL,
  version {int} NOT NULL
) {strict};

-- One acknowledgement for an address and day. `handed` is set before the text leaves.
CREATE TABLE acknowledgements (
  address {bytes} NOT NULL,
  day {int} NOT NULL,
  ticket_id {int} NOT NULL,
  handed {int} NOT NULL,
  PRIMARY KEY (address, day)
) {clustered};
