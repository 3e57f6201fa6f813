-- Which step to a server failed last: some mend themselves, some need a person.
ALTER TABLE inbox_health ADD COLUMN step TEXT;

-- Mail that is stored and not filed yet.
CREATE INDEX inbound_mail_unfiled ON inbound_mail (id) WHERE state = 'received';

-- Discarded mail stays for a while with its reason, so that it can be brought back.
ALTER TABLE inbound_mail ADD COLUMN discard_reason {bytes};
CREATE INDEX inbound_mail_discarded ON inbound_mail (id)
  WHERE state = 'discarded' AND discard_reason IS NOT NULL;

-- Mails that inboxes send to themselves. One row at most of an inbox is under way.
CREATE TABLE mail_tests (
  id {id},
  inbox_id {int} NOT NULL,
  address TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at {int} NOT NULL,
  claimed_at {int},
  handed_at {int},
  returned_at {int},
  problem {bytes},
  mend TEXT
) {strict};
CREATE UNIQUE INDEX mail_tests_running ON mail_tests (inbox_id) WHERE state = 'running';
CREATE INDEX mail_tests_by_inbox ON mail_tests (inbox_id, id);
