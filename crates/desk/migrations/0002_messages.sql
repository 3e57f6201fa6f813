-- Numbers are given per ticket, under the ticket's lock.
CREATE TABLE messages (
    ticket_id {int} NOT NULL,
    number {int} NOT NULL,
    record_id {int} NOT NULL,
    kind TEXT NOT NULL,
    author TEXT NOT NULL,
    html {bytes} NOT NULL,
    text {bytes} NOT NULL,
    addressed {bytes},
    has_remote_images {int} NOT NULL,
    auto_reply {int} NOT NULL,
    redacted {int} NOT NULL,
    at {int} NOT NULL,
    state TEXT,
    release_at {int},
    status_after TEXT,
    PRIMARY KEY (ticket_id, number)
) {clustered};

CREATE TABLE mentions (
    ticket_id {int} NOT NULL,
    agent_id {int} NOT NULL,
    number {int} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (ticket_id, agent_id, number)
) {clustered};
CREATE INDEX mentions_agent ON mentions (agent_id, ticket_id);

-- Message-IDs (RFC 5322), ours and the customers', for threading and for knowing copies again.
CREATE TABLE message_ids (
    message_id TEXT NOT NULL,
    ticket_id {int} NOT NULL,
    number {int} NOT NULL,
    outgoing {int} NOT NULL,
    PRIMARY KEY (message_id, ticket_id)
) {clustered};
CREATE INDEX message_ids_ticket ON message_ids (ticket_id, number);

-- One hand-over to one recipient of one message.
CREATE TABLE deliveries (
    id {id},
    ticket_id {int} NOT NULL,
    number {int} NOT NULL,
    recipient {bytes} NOT NULL,
    state TEXT NOT NULL,
    generation {int} NOT NULL,
    reason {bytes},
    attention {int} NOT NULL,
    key_id {int} NOT NULL,
    at {int} NOT NULL
) {strict};
CREATE INDEX deliveries_message ON deliveries (ticket_id, number);
