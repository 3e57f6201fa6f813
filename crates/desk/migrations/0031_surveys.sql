-- Who asks whom: one row for the workspace (scope_id 0) and for each brand, inbox or team that
-- does it differently.
CREATE TABLE survey_settings (
    id {id},
    scope TEXT NOT NULL,
    scope_id {int} NOT NULL,
    enabled {int} NOT NULL,
    language TEXT NOT NULL,
    delay_minutes {int} NOT NULL,
    apart_days {int} NOT NULL,
    sample_percent {int} NOT NULL,
    change_days {int} NOT NULL,
    excluded_tags TEXT NOT NULL,
    excluded_types TEXT NOT NULL,
    version {int} NOT NULL,
    UNIQUE (scope, scope_id)
) {strict};

-- One row for a ticket, ever: nobody is asked twice. The draw is kept, so that solving again does
-- not draw again.
CREATE TABLE surveys (
    id {id},
    ticket_id {int} NOT NULL UNIQUE,
    customer_id {int} NOT NULL,
    key_id {int} NOT NULL,
    agent_id {int},
    team_id {int},
    inbox_id {int},
    state TEXT NOT NULL,
    reason TEXT,
    round {int} NOT NULL,
    draw {int} NOT NULL,
    language TEXT NOT NULL,
    due_at {int} NOT NULL,
    offered_at {int},
    change_until {int},
    answered_at {int},
    solved TEXT,
    treatment TEXT,
    text {bytes},
    about TEXT,
    about_by {int},
    about_at {int},
    version {int} NOT NULL
) {strict};
CREATE INDEX surveys_customer ON surveys (customer_id, offered_at);
CREATE INDEX surveys_team ON surveys (team_id, due_at);
CREATE INDEX surveys_agent ON surveys (agent_id, due_at) WHERE agent_id IS NOT NULL;
CREATE INDEX surveys_due ON surveys (due_at);
CREATE INDEX surveys_answered ON surveys (id) WHERE answered_at IS NOT NULL;
CREATE INDEX surveys_to_review ON surveys (id) WHERE text IS NOT NULL AND about IS NULL;
