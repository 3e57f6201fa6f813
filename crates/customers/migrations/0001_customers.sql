-- Names and addresses stay in clear for look-up and are overwritten when a person is erased.
CREATE TABLE customers (
    id {id},
    key_id {int} NOT NULL,
    name TEXT NOT NULL,
    note {bytes},
    language TEXT,
    merged_into {int},
    created_at {int} NOT NULL,
    version {int} NOT NULL
) {strict};

-- The fold is bytes so that both engines compare and sort it alike.
CREATE TABLE identities (
    id {id},
    customer_id {int} NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    fold {bytes} NOT NULL,
    verified {int} NOT NULL,
    created_at {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX identities_fold ON identities (kind, fold);
CREATE INDEX identities_customer ON identities (customer_id, id);

-- Every beginning by which a customer is found: the name, its later words, the addresses.
CREATE TABLE customer_terms (
    term {bytes} NOT NULL,
    customer_id {int} NOT NULL,
    PRIMARY KEY (term, customer_id)
) {clustered};
CREATE INDEX customer_terms_customer ON customer_terms (customer_id);

-- Keys of a customer beside the first one: those of files added to their tickets.
CREATE TABLE customer_keys (
    key_id {int} NOT NULL PRIMARY KEY,
    customer_id {int} NOT NULL
) {strict};
CREATE INDEX customer_keys_customer ON customer_keys (customer_id);
