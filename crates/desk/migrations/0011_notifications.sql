-- One row per agent and record: a record read twice tells nobody twice.
CREATE TABLE notifications (
  id {id},
  agent_id {int} NOT NULL REFERENCES agents (id),
  record_id {int} NOT NULL,
  kind TEXT NOT NULL,
  ticket_id {int} NOT NULL,
  actor TEXT NOT NULL,
  actor_id {int},
  at {int} NOT NULL,
  app {int} NOT NULL,
  read {int} NOT NULL,
  mail TEXT NOT NULL,
  UNIQUE (agent_id, record_id)
) {strict};
CREATE INDEX notifications_shown ON notifications (agent_id, id) WHERE app = 1;
CREATE INDEX notifications_unread ON notifications (agent_id, id) WHERE app = 1 AND read = 0;
CREATE INDEX notifications_to_mail ON notifications (agent_id, ticket_id, id) WHERE mail = 'due';
CREATE INDEX notifications_by_age ON notifications (at);

CREATE TABLE notification_settings (
  agent_id {int} NOT NULL PRIMARY KEY REFERENCES agents (id),
  settings TEXT NOT NULL
) {strict};
