-- Colleagues who take turns at one computer: a PIN each, the computers marked as shared (by a keyed
-- hash of the browser's mark), and what a session needs to be locked and opened again.

CREATE TABLE pins (
    agent_id {int} NOT NULL PRIMARY KEY REFERENCES agents (id),
    pin_hash TEXT NOT NULL,
    changed_at {int} NOT NULL
) {strict};

CREATE TABLE shared_computers (
    computer {bytes} NOT NULL PRIMARY KEY,
    shared_by {int} NOT NULL REFERENCES agents (id),
    shared_at {int} NOT NULL
) {strict};

ALTER TABLE sessions ADD COLUMN computer {bytes};
ALTER TABLE sessions ADD COLUMN locked_at {int};
ALTER TABLE sessions ADD COLUMN pin_tries {int} NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN by_pin {int} NOT NULL DEFAULT 0;
CREATE INDEX sessions_by_computer ON sessions (computer);
