-- Week and holidays are JSON of wall times; the fold compares names.
CREATE TABLE schedules (
  id {id},
  name TEXT NOT NULL,
  fold TEXT NOT NULL UNIQUE,
  time_zone TEXT NOT NULL,
  week TEXT NOT NULL,
  holidays TEXT NOT NULL,
  version {int} NOT NULL,
  created_at {int} NOT NULL
) {strict};
-- Whose hours these are: of a team, an inbox, a brand, or of the workspace (0).
CREATE TABLE schedule_uses (
  kind TEXT NOT NULL,
  subject_id {int} NOT NULL,
  schedule_id {int} NOT NULL REFERENCES schedules (id),
  PRIMARY KEY (kind, subject_id)
) {clustered};
-- Counts the changes of schedules and of promises by them, so that whoever keeps them in memory
-- knows when to read again; its one row is also what those changes lock.
CREATE TABLE promise_books (
  id {int} NOT NULL PRIMARY KEY,
  generation {int} NOT NULL
) {strict};
INSERT INTO promise_books (id, generation) VALUES (1, 1);
