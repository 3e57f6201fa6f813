-- How much mail of a sender over their limit was gathered on a ticket without notices.
CREATE TABLE gathered_mail (
    ticket_id {int} NOT NULL PRIMARY KEY,
    count {int} NOT NULL,
    since {int} NOT NULL
) {strict};
