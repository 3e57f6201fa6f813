-- extras: the language variants, actions and conditions, as encrypted JSON.
ALTER TABLE macros ADD COLUMN team_id {int};
ALTER TABLE macros ADD COLUMN extras {bytes};
ALTER TABLE macros ADD COLUMN edited_by {int};
ALTER TABLE macros ADD COLUMN edited_at {int};

-- Files that go with a macro; they are copied for every reply, under a key of the reply's own.
CREATE TABLE macro_files (
    macro_id {int} NOT NULL,
    attachment_id {int} NOT NULL,
    PRIMARY KEY (macro_id, attachment_id)
) {clustered};
CREATE INDEX macro_files_attachment ON macro_files (attachment_id);

-- One row for each use: no counter, since many use one macro at once.
CREATE TABLE macro_uses (
    id {id},
    macro_id {int} NOT NULL,
    at {int} NOT NULL
) {strict};
CREATE INDEX macro_uses_recent ON macro_uses (macro_id, at);
