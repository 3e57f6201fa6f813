-- Labels are names and stand in clear, as those of tags and teams do; descriptions are encrypted.
-- Bounds count in the field's smallest unit: cents for a decimal with two digits.
CREATE TABLE fields (
    id {id},
    key TEXT NOT NULL,
    type TEXT NOT NULL,
    label TEXT NOT NULL,
    customer_label TEXT,
    description {bytes},
    digits {int} NOT NULL,
    least {int},
    most {int},
    searchable {int} NOT NULL,
    active {int} NOT NULL,
    position {int} NOT NULL,
    version {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX fields_key ON fields (key);

-- What can be chosen: a tree, its rows in the order in which it is shown.
CREATE TABLE field_options (
    id {id},
    field_id {int} NOT NULL,
    parent_id {int},
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    active {int} NOT NULL,
    position {int} NOT NULL
) {strict};
CREATE INDEX field_options_field ON field_options (field_id, position);

-- One row per value, and one per option of a choice. Whole numbers, minor units, days, times, yes
-- or no and customers are one integer; texts are encrypted. lookup is the folded text of a field
-- that holds nothing personal, or the keyed hash of a masked one.
CREATE TABLE ticket_field_values (
    ticket_id {int} NOT NULL,
    field_id {int} NOT NULL,
    option_id {int} NOT NULL,
    number {int},
    text {bytes},
    lookup {bytes},
    PRIMARY KEY (ticket_id, field_id, option_id)
) {clustered};
-- Each condition on a value, and each order by it, is one range of one of these.
CREATE INDEX ticket_field_numbers ON ticket_field_values (field_id, number, ticket_id)
    WHERE number IS NOT NULL;
CREATE INDEX ticket_field_options ON ticket_field_values (field_id, option_id, ticket_id)
    WHERE option_id > 0;
CREATE INDEX ticket_field_lookups ON ticket_field_values (field_id, lookup, ticket_id)
    WHERE lookup IS NOT NULL;
