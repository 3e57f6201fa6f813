-- The ways by which tickets are escalated; steps is a list of where to, when to use it and by when.
CREATE TABLE escalation_paths (
    id {id},
    name TEXT NOT NULL,
    steps TEXT NOT NULL,
    version {int} NOT NULL,
    created_at {int} NOT NULL
) {strict};

-- One hand-over of a ticket to somebody who can do more. It is over when settled_at is set.
CREATE TABLE escalations (
    id {id},
    ticket_id {int} NOT NULL,
    path_id {int} NOT NULL,
    step {int} NOT NULL,
    state TEXT NOT NULL,
    owner_id {int} NOT NULL REFERENCES agents (id),
    from_team_id {int},
    to_agent_id {int},
    to_team_id {int},
    taken_by {int},
    note {bytes} NOT NULL,
    reason {bytes},
    due_at {int} NOT NULL,
    at {int} NOT NULL,
    settled_at {int},
    version {int} NOT NULL
) {strict};
CREATE INDEX escalations_ticket ON escalations (ticket_id, id);
CREATE INDEX escalations_agent ON escalations (to_agent_id, due_at, id)
    WHERE settled_at IS NULL AND to_agent_id IS NOT NULL;
CREATE INDEX escalations_team ON escalations (to_team_id, due_at, id)
    WHERE settled_at IS NULL AND to_team_id IS NOT NULL;

-- What is to be done on a ticket, and the lists that such tasks come from.
CREATE TABLE tasks (
    id {id},
    ticket_id {int} NOT NULL,
    title {bytes} NOT NULL,
    required {int} NOT NULL,
    assignee_id {int} REFERENCES agents (id),
    due_at {int},
    done_at {int},
    done_by {int},
    version {int} NOT NULL
) {strict};
CREATE INDEX tasks_ticket ON tasks (ticket_id, id);
CREATE INDEX tasks_assignee ON tasks (assignee_id, due_at, id)
    WHERE done_at IS NULL AND assignee_id IS NOT NULL;

CREATE TABLE checklists (
    id {id},
    name TEXT NOT NULL,
    items {bytes} NOT NULL,
    version {int} NOT NULL,
    created_at {int} NOT NULL
) {strict};
