-- A message that somebody called abusive; one judgement for a message.
CREATE TABLE abuse_marks (
    ticket_id {int} NOT NULL,
    number {int} NOT NULL,
    customer_id {int} NOT NULL,
    kind TEXT NOT NULL,
    note {bytes},
    by_agent {int} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (ticket_id, number)
) {clustered};
CREATE INDEX abuse_marks_customer ON abuse_marks (customer_id, at);

-- The ladder as it was climbed: who did what, why, and when it ends.
CREATE TABLE abuse_steps (
    id {id},
    customer_id {int} NOT NULL,
    ticket_id {int},
    step TEXT NOT NULL,
    by_agent {int} NOT NULL,
    at {int} NOT NULL,
    ends_at {int},
    reason {bytes},
    inbox_id {int},
    team_id {int},
    slow {int} NOT NULL,
    lifted_at {int},
    lifted_by {int},
    aside_count {int} NOT NULL,
    last_ticket_id {int},
    notice_at {int},
    verdict_at {int},
    version {int} NOT NULL
) {strict};
CREATE INDEX abuse_steps_customer ON abuse_steps (customer_id, id);
CREATE INDEX abuse_steps_in_force ON abuse_steps (ends_at, id)
    WHERE ends_at IS NOT NULL AND lifted_at IS NULL;

CREATE TABLE abuse_appeals (
    id {id},
    step_id {int} NOT NULL UNIQUE,
    customer_id {int} NOT NULL,
    text {bytes} NOT NULL,
    at {int} NOT NULL,
    decision TEXT,
    decided_by {int},
    decided_at {int},
    reason {bytes},
    version {int} NOT NULL
) {strict};
CREATE INDEX abuse_appeals_open ON abuse_appeals (id) WHERE decision IS NULL;

-- Texts that an administrator wrote in place of ours.
CREATE TABLE abuse_texts (
    purpose TEXT NOT NULL,
    language TEXT NOT NULL,
    text {bytes} NOT NULL,
    version {int} NOT NULL,
    PRIMARY KEY (purpose, language)
) {clustered};
