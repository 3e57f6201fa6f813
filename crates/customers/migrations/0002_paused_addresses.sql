-- Addresses that mail came back from. A row without a cause only counts failures in a row. The
-- fold is that of the identities; an address needs no customer to be here.
CREATE TABLE paused_addresses (
    fold {bytes} NOT NULL PRIMARY KEY,
    failures {int} NOT NULL,
    cause TEXT,
    reason {bytes},
    since {int}
) {strict};
