-- What is known of who sent a customer's message; the detail holds names of domains.
CREATE TABLE message_senders (
    ticket_id {int} NOT NULL,
    number {int} NOT NULL,
    standing TEXT NOT NULL,
    detail {bytes} NOT NULL,
    key_id {int} NOT NULL,
    PRIMARY KEY (ticket_id, number)
) {clustered};
