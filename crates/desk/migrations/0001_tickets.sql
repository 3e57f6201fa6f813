-- Subjects stay in clear for look-up and sorting; the snippet is encrypted.
-- shelf is derived from status, place and snoozed_until: it is what the views range over.
CREATE TABLE tickets (
    id {id},
    subject TEXT NOT NULL,
    snippet {bytes},
    status TEXT NOT NULL,
    priority TEXT NOT NULL,
    place TEXT NOT NULL,
    shelf TEXT NOT NULL,
    channel TEXT NOT NULL,
    requester_id {int} NOT NULL,
    requester_identity_id {int} NOT NULL,
    key_id {int} NOT NULL,
    assignee_id {int},
    team_id {int},
    inbox_id {int},
    brand_id {int} NOT NULL,
    last_number {int} NOT NULL,
    last_direction TEXT NOT NULL,
    last_agent_id {int},
    message_count {int} NOT NULL,
    has_attachments {int} NOT NULL,
    failed_deliveries {int} NOT NULL,
    snoozed_until {int},
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    last_message_at {int} NOT NULL,
    version {int} NOT NULL
) {strict};
-- Each view is one range of one index, newest activity last; the index alone answers it.
CREATE INDEX tickets_shelf ON tickets (shelf, last_message_at, id);
CREATE INDEX tickets_assignee ON tickets (assignee_id, shelf, last_message_at, id);
CREATE INDEX tickets_team ON tickets (team_id, shelf, last_message_at, id)
    WHERE team_id IS NOT NULL;
CREATE INDEX tickets_requester ON tickets (requester_id, last_message_at, id);

CREATE TABLE ticket_tags (
    ticket_id {int} NOT NULL,
    tag_id {int} NOT NULL,
    PRIMARY KEY (ticket_id, tag_id)
) {clustered};
CREATE INDEX ticket_tags_tag ON ticket_tags (tag_id, ticket_id);

CREATE TABLE ticket_cc (
    ticket_id {int} NOT NULL,
    customer_id {int} NOT NULL,
    identity_id {int} NOT NULL,
    PRIMARY KEY (ticket_id, customer_id)
) {clustered};

CREATE TABLE watchers (
    ticket_id {int} NOT NULL,
    agent_id {int} NOT NULL,
    PRIMARY KEY (ticket_id, agent_id)
) {clustered};

CREATE TABLE ticket_links (
    ticket_id {int} NOT NULL,
    linked_id {int} NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (ticket_id, linked_id)
) {clustered};

-- How far each agent has read: a ticket is unread when its last number is above.
CREATE TABLE ticket_reads (
    agent_id {int} NOT NULL,
    ticket_id {int} NOT NULL,
    number {int} NOT NULL,
    PRIMARY KEY (agent_id, ticket_id)
) {clustered};
