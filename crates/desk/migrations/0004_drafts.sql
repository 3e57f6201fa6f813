-- What an agent is writing: one draft for each kind, on each ticket.
CREATE TABLE drafts (
    ticket_id {int} NOT NULL,
    agent_id {int} NOT NULL,
    kind TEXT NOT NULL,
    body {bytes} NOT NULL,
    updated_at {int} NOT NULL,
    PRIMARY KEY (ticket_id, agent_id, kind)
) {clustered};
