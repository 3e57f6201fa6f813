-- The definition (when, if, then) holds texts and is encrypted; the name is looked up and shown.
-- active_since: events and due moments before it are none of the rule's.
CREATE TABLE rules (
    id {id},
    name TEXT NOT NULL,
    enabled {int} NOT NULL,
    place {int} NOT NULL,
    definition {bytes} NOT NULL,
    active_since {int} NOT NULL,
    runs {int} NOT NULL,
    failures_in_row {int} NOT NULL,
    switched_off {int} NOT NULL,
    last_run_at {int},
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    updated_by {int} NOT NULL,
    version {int} NOT NULL
) {strict};
-- One row that moves with every change of a rule: what is compiled is compared with it, and whoever
-- plans or changes rules holds its lock.
CREATE TABLE rule_set (
    id {int} NOT NULL PRIMARY KEY,
    version {int} NOT NULL
) {strict};
INSERT INTO rule_set (id, version) VALUES (1, 1);
-- A rule runs once on a ticket for one chain of causes; chain is the record that the chain began
-- with.
CREATE TABLE rule_runs (
    id {id},
    rule_id {int} NOT NULL,
    ticket_id {int} NOT NULL,
    chain {int} NOT NULL,
    record_id {int} NOT NULL,
    at {int} NOT NULL,
    outcome TEXT NOT NULL,
    held_back {int} NOT NULL,
    detail {bytes} NOT NULL,
    UNIQUE (rule_id, ticket_id, chain)
) {strict};
CREATE INDEX rule_runs_of_rule ON rule_runs (rule_id, id);
CREATE INDEX rule_runs_of_ticket ON rule_runs (ticket_id, id);
-- When each thing that time rules count from last happened.
CREATE TABLE ticket_moments (
    ticket_id {int} NOT NULL,
    moment TEXT NOT NULL,
    at {int} NOT NULL,
    record_id {int} NOT NULL,
    PRIMARY KEY (moment, ticket_id)
) {clustered};
-- At most one automatic reply of a rule on a ticket and day.
CREATE TABLE rule_replies (
    rule_id {int} NOT NULL,
    ticket_id {int} NOT NULL,
    day {int} NOT NULL,
    PRIMARY KEY (rule_id, ticket_id, day)
) {clustered};
