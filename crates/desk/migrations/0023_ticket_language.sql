-- The language of the customer's first message (ISO 639-1), as far as it could be told.
ALTER TABLE tickets ADD COLUMN language TEXT;
-- What waits in a team's queue for somebody to take it.
CREATE INDEX tickets_waiting ON tickets (team_id, id)
  WHERE shelf = 'open' AND assignee_id IS NULL AND team_id IS NOT NULL;
