-- A staged upload has no ticket yet; a redacted file has no blob any more.
CREATE TABLE attachments (
    id {id},
    ticket_id {int},
    number {int},
    blob_id {int},
    key_id {int} NOT NULL,
    name {bytes} NOT NULL,
    size {int} NOT NULL,
    content_type TEXT NOT NULL,
    inline {int} NOT NULL,
    uploaded_by {int},
    created_at {int} NOT NULL
) {strict};
CREATE INDEX attachments_message ON attachments (ticket_id, number) WHERE ticket_id IS NOT NULL;
CREATE INDEX attachments_blob ON attachments (blob_id);
