-- One change to many tickets, done by a job; what is kept until it is swept after 30 days.
CREATE TABLE bulk_works (
    id {id},
    agent_id {int} NOT NULL REFERENCES agents (id),
    kind TEXT NOT NULL,
    -- What is done, in full: encrypted, since it may hold a reply.
    what {bytes} NOT NULL,
    -- The problem whose incidents these are.
    problem_id {int},
    state TEXT NOT NULL,
    total {int} NOT NULL,
    done {int} NOT NULL,
    same {int} NOT NULL,
    refused {int} NOT NULL,
    undone {int} NOT NULL,
    kept {int} NOT NULL,
    mails_left {int} NOT NULL,
    created_at {int} NOT NULL,
    ended_at {int}
) {strict};
CREATE INDEX bulk_works_agent ON bulk_works (agent_id, id);

-- A ticket in it: its outcome, why it was refused, and how it stood before and after (encrypted).
CREATE TABLE bulk_items (
    bulk_id {int} NOT NULL,
    ticket_id {int} NOT NULL,
    place {int} NOT NULL,
    version {int},
    seen_number {int} NOT NULL,
    state TEXT NOT NULL,
    code TEXT,
    reason {bytes},
    standing {bytes},
    reply_number {int},
    PRIMARY KEY (bulk_id, ticket_id)
) {clustered};
CREATE INDEX bulk_items_state ON bulk_items (bulk_id, state, place);
CREATE INDEX bulk_items_ticket ON bulk_items (ticket_id);
