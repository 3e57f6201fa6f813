-- A ticket that went into another one, and what bringing it back restores. `before` holds ids,
-- enums and numbers; the survivor's snippet is kept as it was encrypted.
CREATE TABLE merges (
    id {id},
    source_id {int} NOT NULL,
    survivor_id {int} NOT NULL,
    agent_id {int},
    at {int} NOT NULL,
    shift {int} NOT NULL,
    last {int} NOT NULL,
    before TEXT NOT NULL,
    survivor_snippet {bytes},
    undone_at {int}
) {strict};
-- A ticket is merged into one other at most.
CREATE UNIQUE INDEX merges_source ON merges (source_id) WHERE undone_at IS NULL;
CREATE INDEX merges_survivor ON merges (survivor_id, source_id) WHERE undone_at IS NULL;

-- Where messages went that had these numbers: whoever remembers an old number finds the message.
CREATE TABLE message_moves (
    ticket_id {int} NOT NULL,
    first {int} NOT NULL,
    last {int} NOT NULL,
    to_ticket_id {int} NOT NULL,
    shift {int} NOT NULL,
    PRIMARY KEY (ticket_id, first, last)
) {clustered};
CREATE INDEX message_moves_to ON message_moves (to_ticket_id);
