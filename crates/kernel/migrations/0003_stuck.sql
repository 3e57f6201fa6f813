-- Jobs that gave up wait for a person, who looks through them by number.
CREATE INDEX jobs_failed ON jobs (id) WHERE state = 'failed';
