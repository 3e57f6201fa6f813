-- A thread with somebody else beside a ticket. One with people outside has a ticket of its own,
-- in the place `side`, that mail goes out from and comes back to; one among colleagues has its
-- messages here.
CREATE TABLE side_conversations (
    id {id},
    ticket_id {int} NOT NULL,
    side_ticket_id {int},
    subject TEXT NOT NULL,
    owner_id {int} NOT NULL REFERENCES agents (id),
    agent_id {int} REFERENCES agents (id),
    team_id {int} REFERENCES teams (id),
    state TEXT NOT NULL,
    waits_for TEXT NOT NULL,
    last_number {int} NOT NULL,
    last_at {int} NOT NULL,
    version {int} NOT NULL
) {strict};
CREATE INDEX side_conversations_ticket ON side_conversations (ticket_id, id);
CREATE UNIQUE INDEX side_conversations_side ON side_conversations (side_ticket_id)
    WHERE side_ticket_id IS NOT NULL;
CREATE INDEX side_conversations_owner ON side_conversations (owner_id, last_at, id)
    WHERE state = 'open';
CREATE INDEX side_conversations_agent ON side_conversations (agent_id, last_at, id)
    WHERE state = 'open' AND agent_id IS NOT NULL;
CREATE INDEX side_conversations_team ON side_conversations (team_id, last_at, id)
    WHERE state = 'open' AND team_id IS NOT NULL;

CREATE TABLE side_messages (
    side_id {int} NOT NULL,
    number {int} NOT NULL,
    agent_id {int} NOT NULL REFERENCES agents (id),
    html {bytes} NOT NULL,
    text {bytes} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (side_id, number)
) {clustered};
