CREATE TABLE forms (
    id {id},
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    active {int} NOT NULL,
    is_default {int} NOT NULL,
    position {int} NOT NULL,
    version {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX forms_key ON forms (key);

-- types are words with spaces between them; show_when holds ids and words only, as JSON.
CREATE TABLE form_fields (
    form_id {int} NOT NULL,
    field_id {int} NOT NULL,
    position {int} NOT NULL,
    required_on_create {int} NOT NULL,
    required_on_solve {int} NOT NULL,
    types TEXT NOT NULL,
    show_when TEXT,
    PRIMARY KEY (form_id, field_id)
) {clustered};

-- Which form tickets of an inbox or brand have, unless another was chosen.
CREATE TABLE form_defaults (
    kind TEXT NOT NULL,
    target_id {int} NOT NULL,
    form_id {int} NOT NULL,
    PRIMARY KEY (kind, target_id)
) {clustered};

-- The form that was chosen for a ticket.
CREATE TABLE ticket_forms (
    ticket_id {int} PRIMARY KEY,
    form_id {int} NOT NULL
) {strict};
