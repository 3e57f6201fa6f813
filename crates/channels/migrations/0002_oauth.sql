CREATE TABLE mail_connections (
  id {id},
  provider TEXT NOT NULL,
  username TEXT NOT NULL,
  issuer TEXT,
  authorize_url TEXT NOT NULL,
  token_url TEXT NOT NULL,
  scopes TEXT NOT NULL,
  hosts TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_secret {bytes} NOT NULL,
  state TEXT NOT NULL,
  trouble TEXT,
  attempt TEXT,
  refresh_token {bytes},
  refresh_before {bytes},
  access_token {bytes},
  renew_at {int},
  expires_at {int},
  generation {int} NOT NULL,
  version {int} NOT NULL,
  created_at {int} NOT NULL,
  connected_at {int}
) {strict};

ALTER TABLE inboxes ADD COLUMN imap_connection_id {int};
ALTER TABLE inboxes ADD COLUMN smtp_connection_id {int};

ALTER TABLE inbox_health ADD COLUMN looked_at {int};
ALTER TABLE inbox_health ADD COLUMN failing_since {int};
ALTER TABLE inbox_health ADD COLUMN failures {int} NOT NULL DEFAULT 0;
ALTER TABLE inbox_health ADD COLUMN waiting {int} NOT NULL DEFAULT 0;
ALTER TABLE inbox_health ADD COLUMN oldest_waiting_at {int};
