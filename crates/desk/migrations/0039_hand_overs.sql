-- Work that an agent passes on at the end of a shift, to a colleague or to a team.
CREATE TABLE hand_overs (
    id {id},
    from_agent_id {int} NOT NULL REFERENCES agents (id),
    to_agent_id {int} REFERENCES agents (id),
    to_team_id {int},
    note {bytes},
    at {int} NOT NULL,
    read_at {int},
    read_by {int} REFERENCES agents (id)
) {strict};
CREATE INDEX hand_overs_from ON hand_overs (from_agent_id, id);
CREATE INDEX hand_overs_to_agent ON hand_overs (to_agent_id, id);
CREATE INDEX hand_overs_to_team ON hand_overs (to_team_id, id);

-- The tickets it tells of; moved is 1 when the ticket went to the receiver. What was written about
-- one stands in an internal note on it only, so that redaction and erasure reach it there.
CREATE TABLE hand_over_tickets (
    hand_over_id {int} NOT NULL REFERENCES hand_overs (id),
    ticket_id {int} NOT NULL,
    moved {int} NOT NULL,
    note_number {int},
    PRIMARY KEY (hand_over_id, ticket_id)
) {strict};
CREATE INDEX hand_over_tickets_ticket ON hand_over_tickets (ticket_id);
