-- What an agent told a customer they would do, and by when. It is open while settled_at is null.
CREATE TABLE promises (
    id {id},
    ticket_id {int} NOT NULL,
    owner_id {int} NOT NULL REFERENCES agents (id),
    note {bytes} NOT NULL,
    due_at {int} NOT NULL,
    state TEXT NOT NULL,
    created_at {int} NOT NULL,
    settled_at {int},
    version {int} NOT NULL
) {strict};
CREATE INDEX promises_ticket ON promises (ticket_id, id);
CREATE INDEX promises_owner ON promises (owner_id, due_at, id) WHERE settled_at IS NULL;

-- When an agent is away and who stands in; an agent's absences never overlap.
CREATE TABLE absences (
    id {id},
    agent_id {int} NOT NULL REFERENCES agents (id),
    stand_in_id {int} REFERENCES agents (id),
    from_at {int} NOT NULL,
    to_at {int} NOT NULL,
    version {int} NOT NULL
) {strict};
CREATE INDEX absences_agent ON absences (agent_id, to_at);
CREATE INDEX absences_stand_in ON absences (stand_in_id, to_at) WHERE stand_in_id IS NOT NULL;
