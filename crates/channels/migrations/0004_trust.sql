-- What an inbox's own servers can be believed in; an inbox without a row has the defaults.
CREATE TABLE inbox_trust (
  inbox_id {int} NOT NULL PRIMARY KEY,
  server TEXT,
  plus_addressing {int} NOT NULL,
  version {int} NOT NULL
) {strict};

-- Domains that have proved a mail to be theirs: later mail in their name must do so too.
CREATE TABLE proven_domains (
  domain TEXT NOT NULL PRIMARY KEY,
  at {int} NOT NULL
) {strict};
