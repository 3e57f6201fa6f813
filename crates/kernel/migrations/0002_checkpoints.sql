CREATE TABLE vault.journal_checkpoints (
  position {int} NOT NULL PRIMARY KEY,
  hash {bytes} NOT NULL,
  at {int} NOT NULL,
  signature {bytes} NOT NULL
) {strict};
