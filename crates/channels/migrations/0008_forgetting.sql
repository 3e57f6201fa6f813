-- What no limit asks for any more is found by its age.
CREATE INDEX mail_senders_by_time ON mail_senders (since);
CREATE INDEX mail_gatherings_by_day ON mail_gatherings (day);
CREATE INDEX acknowledgements_by_day ON acknowledgements (day);
