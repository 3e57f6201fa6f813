-- Whether a reply carries the mail it answers; null: as its inbox has it.
ALTER TABLE messages ADD COLUMN quotes {int};
-- Until when a queued delivery waits for its server or its provider's limit.
ALTER TABLE deliveries ADD COLUMN waiting_until {int};
