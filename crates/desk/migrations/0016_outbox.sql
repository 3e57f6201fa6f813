-- What has not left yet, what nobody knows of, and what was refused: the outbox looks through them.
CREATE INDEX deliveries_waiting ON deliveries (id) WHERE state IN ('queued', 'claimed');
CREATE INDEX deliveries_uncertain ON deliveries (id) WHERE state = 'uncertain';
CREATE INDEX deliveries_refused ON deliveries (id) WHERE state = 'refused';
CREATE INDEX messages_scheduled ON messages (release_at, ticket_id, number)
  WHERE state = 'scheduled';
