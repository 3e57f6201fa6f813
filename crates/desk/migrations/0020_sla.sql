-- Conditions and targets are JSON; the first policy by position whose conditions hold counts.
CREATE TABLE sla_policies (
  id {id},
  name TEXT NOT NULL,
  position {int} NOT NULL,
  enabled {int} NOT NULL,
  conditions TEXT NOT NULL,
  schedule_id {int} REFERENCES schedules (id),
  targets TEXT NOT NULL,
  version {int} NOT NULL,
  created_at {int} NOT NULL
) {strict};
CREATE INDEX sla_policies_schedule ON sla_policies (schedule_id);

-- Where a ticket with promises stands: by which terms, how far its records were followed, what its
-- clocks need to know of it, and the clock that comes first, for lists.
CREATE TABLE sla_tickets (
  ticket_id {int} NOT NULL PRIMARY KEY,
  policy_id {int},
  policy_version {int} NOT NULL,
  schedule_id {int},
  schedule_version {int} NOT NULL,
  priority TEXT NOT NULL,
  record_id {int} NOT NULL,
  status TEXT NOT NULL,
  place TEXT NOT NULL,
  first_answered {int} NOT NULL,
  replied {int} NOT NULL,
  waiting_since {int},
  last_in {int},
  metric TEXT,
  reason TEXT,
  due_at {int},
  warned {int} NOT NULL,
  breached {int} NOT NULL,
  timer_at {int}
) {strict};
CREATE INDEX sla_tickets_timer ON sla_tickets (timer_at, ticket_id) WHERE timer_at IS NOT NULL;
CREATE INDEX sla_tickets_due ON sla_tickets (due_at, ticket_id) WHERE due_at IS NOT NULL;

-- One run of one clock; `began` is the record that started it. Times spent are microseconds
-- without pauses, up to `since`. A clock stays live while it can still move.
CREATE TABLE sla_clocks (
  ticket_id {int} NOT NULL,
  metric TEXT NOT NULL,
  began {int} NOT NULL,
  state TEXT NOT NULL,
  live {int} NOT NULL,
  started_at {int} NOT NULL,
  since {int} NOT NULL,
  calendar {int} NOT NULL,
  business {int} NOT NULL,
  hours TEXT NOT NULL,
  target {int} NOT NULL,
  warn_before {int},
  priority TEXT NOT NULL,
  policy_id {int} NOT NULL,
  policy_version {int} NOT NULL,
  schedule_id {int},
  schedule_version {int} NOT NULL,
  definition {int} NOT NULL,
  due_at {int},
  warn_at {int},
  warned_at {int},
  breached_at {int},
  ended_at {int},
  pauses TEXT NOT NULL,
  PRIMARY KEY (ticket_id, metric, began)
) {clustered};
