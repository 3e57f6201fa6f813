-- Addresses may hold tokens, so they are kept like secrets, under the master key.
CREATE TABLE webhooks (
    id {id},
    name TEXT NOT NULL,
    url {bytes} NOT NULL,
    secret {bytes} NOT NULL,
    previous_secret {bytes},
    previous_until {int},
    enabled {int} NOT NULL,
    kinds TEXT NOT NULL,
    with_ticket {int} NOT NULL,
    failing_since {int},
    failures_in_row {int} NOT NULL,
    switched_off {int} NOT NULL,
    active_since {int} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    updated_by {int} NOT NULL,
    version {int} NOT NULL
) {strict};
-- cause is unique for each reason to call, so that a record read twice calls once.
CREATE TABLE webhook_deliveries (
    id {id},
    webhook_id {int} NOT NULL,
    cause TEXT NOT NULL,
    kind TEXT NOT NULL,
    ticket_id {int},
    message_id TEXT NOT NULL,
    payload {bytes} NOT NULL,
    state TEXT NOT NULL,
    attempts {int} NOT NULL,
    status {int},
    answer {bytes},
    created_at {int} NOT NULL,
    tried_at {int},
    UNIQUE (webhook_id, cause)
) {strict};
CREATE INDEX webhook_deliveries_shown ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_of_ticket ON webhook_deliveries (ticket_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);
