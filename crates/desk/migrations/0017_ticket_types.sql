-- What kind of work a ticket is: question, problem, incident, task or complaint; null until chosen.
ALTER TABLE tickets ADD COLUMN type TEXT;
