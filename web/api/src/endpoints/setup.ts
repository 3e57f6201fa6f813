import type { Transport } from '../transport';
import type * as T from '../types';

/** What admins arrange: teams, tags, macros, inboxes, lost mail, the audit trail. */
export const setupEndpoints = (http: Transport) => ({
  teams: {
    list: (signal?: AbortSignal) => http.json('GET', '/teams', { signal }),
    create: (body: T.TeamInput, idempotencyKey?: string) =>
      http.json('POST', '/teams', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.TeamPatch) =>
      http.json('PATCH', '/teams/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/teams/{id}', { path: { id } }),
  },
  tags: {
    list: (signal?: AbortSignal) => http.json('GET', '/tags', { signal }),
    create: (body: T.TagInput, idempotencyKey?: string) =>
      http.json('POST', '/tags', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.TagPatch) =>
      http.json('PATCH', '/tags/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/tags/{id}', { path: { id } }),
  },
  fields: {
    list: (signal?: AbortSignal) => http.json('GET', '/fields', { signal }),
    create: (body: T.FieldInput, idempotencyKey?: string) =>
      http.json('POST', '/fields', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.FieldPatch) =>
      http.json('PATCH', '/fields/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/fields/{id}', { path: { id } }),
  },
  forms: {
    list: (signal?: AbortSignal) => http.json('GET', '/forms', { signal }),
    create: (body: T.FormInput, idempotencyKey?: string) =>
      http.json('POST', '/forms', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.FormPatch) =>
      http.json('PATCH', '/forms/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/forms/{id}', { path: { id } }),
    export: (signal?: AbortSignal) => http.json('GET', '/forms/document', { signal }),
    import: (body: T.ImportInput) => http.json('POST', '/forms/document', { body }),
  },
  macros: {
    list: (signal?: AbortSignal) => http.json('GET', '/macros', { signal }),
    create: (body: T.MacroInput, idempotencyKey?: string) =>
      http.json('POST', '/macros', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.MacroPatch) =>
      http.json('PATCH', '/macros/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/macros/{id}', { path: { id } }),
    preview: (ticketId: number, macroId: number, language?: string) =>
      http.json('POST', '/tickets/{id}/macros/{macro_id}/preview', {
        path: { id: ticketId, macro_id: macroId },
        query: { language },
      }),
    apply: (ticketId: number, macroId: number) =>
      http.none('POST', '/tickets/{id}/macros/{macro_id}/apply', {
        path: { id: ticketId, macro_id: macroId },
      }),
  },
  rules: {
    list: (signal?: AbortSignal) => http.json('GET', '/rules', { signal }),
    get: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/rules/{id}', { path: { id }, signal }),
    create: (body: T.RuleInput, idempotencyKey?: string) =>
      http.json('POST', '/rules', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.RulePatch) =>
      http.json('PATCH', '/rules/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/rules/{id}', { path: { id } }),
    order: (body: T.RuleOrder) => http.json('PUT', '/rules/order', { body }),
    /** What a rule would have done lately, a part at a time; nothing is written. */
    dryRun: (body: T.DryRunInput, signal?: AbortSignal) =>
      http.json('POST', '/rules/dry-run', { body, signal }),
    runs: (id: number, query: T.Paging, signal?: AbortSignal) =>
      http.json('GET', '/rules/{id}/runs', { path: { id }, query, signal }),
    runsOfTicket: (id: number, query: T.Paging, signal?: AbortSignal) =>
      http.json('GET', '/tickets/{id}/rule-runs', { path: { id }, query, signal }),
  },
  webhooks: {
    list: (signal?: AbortSignal) => http.json('GET', '/webhooks', { signal }),
    create: (body: T.OutgoingWebhookInput, idempotencyKey?: string) =>
      http.json('POST', '/webhooks', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.WebhookChange) =>
      http.json('PUT', '/webhooks/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/webhooks/{id}', { path: { id } }),
    rotate: (id: number, body: T.WebhookVersion) =>
      http.json('POST', '/webhooks/{id}/secret', { path: { id }, body }),
    test: (id: number) => http.json('POST', '/webhooks/{id}/test', { path: { id } }),
    calls: (id: number, query: T.Paging, signal?: AbortSignal) =>
      http.json('GET', '/webhooks/{id}/calls', { path: { id }, query, signal }),
    replay: (id: number) => http.json('POST', '/webhook-calls/{id}/replay', { path: { id } }),
  },
  brands: {
    list: (signal?: AbortSignal) => http.json('GET', '/brands', { signal }),
  },
  schedules: {
    list: (signal?: AbortSignal) => http.json('GET', '/schedules', { signal }),
    create: (body: T.ScheduleInput, idempotencyKey?: string) =>
      http.json('POST', '/schedules', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.SchedulePatch) =>
      http.json('PATCH', '/schedules/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/schedules/{id}', { path: { id } }),
  },
  slaPolicies: {
    list: (signal?: AbortSignal) => http.json('GET', '/sla-policies', { signal }),
    create: (body: T.SlaPolicyInput, idempotencyKey?: string) =>
      http.json('POST', '/sla-policies', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.SlaPolicyPatch) =>
      http.json('PATCH', '/sla-policies/{id}', { path: { id }, body }),
    order: (ids: number[]) => http.json('PUT', '/sla-policies/order', { body: { ids } }),
    delete: (id: number) => http.none('DELETE', '/sla-policies/{id}', { path: { id } }),
  },
  inboxes: {
    list: (signal?: AbortSignal) => http.json('GET', '/inboxes', { signal }),
    create: (body: T.InboxInput, idempotencyKey?: string) =>
      http.json('POST', '/inboxes', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.InboxPatch) =>
      http.json('PATCH', '/inboxes/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/inboxes/{id}', { path: { id } }),
    webhook: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/inboxes/{id}/webhook', { path: { id }, signal }),
    setWebhook: (id: number, body: T.WebhookInput) =>
      http.json('PUT', '/inboxes/{id}/webhook', { path: { id }, body }),
    removeWebhook: (id: number) => http.none('DELETE', '/inboxes/{id}/webhook', { path: { id } }),
    acknowledgement: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/inboxes/{id}/acknowledgement', { path: { id }, signal }),
    setAcknowledgement: (id: number, body: T.AcknowledgementInput) =>
      http.json('PUT', '/inboxes/{id}/acknowledgement', { path: { id }, body }),
    /** Tries the settings against the mail host without saving anything. */
    check: (body: T.InboxCheckInput, signal?: AbortSignal) =>
      http.json('POST', '/inboxes/check', { body, signal }),
    sending: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/inboxes/{id}/sending', { path: { id }, signal }),
    trust: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/inboxes/{id}/trust', { path: { id }, signal }),
    updateTrust: (id: number, body: T.InboxTrustInput) =>
      http.json('PUT', '/inboxes/{id}/trust', { path: { id }, body }),
    /** Has it write a mail to itself, to see whether that comes back. */
    test: (id: number, idempotencyKey?: string) =>
      http.json('POST', '/inboxes/{id}/tests', { path: { id }, creates: true, idempotencyKey }),
    updateSending: (id: number, body: T.SendingInput) =>
      http.json('PUT', '/inboxes/{id}/sending', { path: { id }, body }),
  },
  sendingDomains: {
    list: (signal?: AbortSignal) => http.json('GET', '/sending/domains', { signal }),
    createKeys: (domain: string) =>
      http.json('POST', '/sending/domains/{domain}/keys', { path: { domain }, creates: true }),
    /** Looks up what the domain publishes. */
    check: (domain: string) =>
      http.json('POST', '/sending/domains/{domain}/check', { path: { domain } }),
    updateKey: (domain: string, id: number, insisted: boolean) =>
      http.json('PUT', '/sending/domains/{domain}/keys/{id}', {
        path: { domain, id },
        body: { insisted },
      }),
  },
  mailConnections: {
    list: (signal?: AbortSignal) => http.json('GET', '/mail-connections', { signal }),
    create: (body: T.MailConnectionInput, idempotencyKey?: string) =>
      http.json('POST', '/mail-connections', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.MailConnectionPatch) =>
      http.json('PATCH', '/mail-connections/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/mail-connections/{id}', { path: { id } }),
    /** Where to sign in at the provider; good for ten minutes. */
    begin: (id: number) => http.json('POST', '/mail-connections/{id}/consent', { path: { id } }),
    /** Hands in what the provider sent a person back with. */
    complete: (body: T.MailConsentInput) =>
      http.json('POST', '/mail-connections/complete', { body }),
  },
  failures: {
    list: (query: T.Paging & { state?: T.FailureState } = {}, signal?: AbortSignal) =>
      http.json('GET', '/inbound/failures', { query, signal }),
    retry: (id: number) => http.none('POST', '/inbound/failures/{id}/retry', { path: { id } }),
    raw: (id: number, signal?: AbortSignal) =>
      http.text('GET', '/inbound/failures/{id}/raw', { path: { id }, signal }),
    preview: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/inbound/failures/{id}/preview', { path: { id }, signal }),
    discard: (id: number, reason: string) =>
      http.none('POST', '/inbound/failures/{id}/discard', { path: { id }, body: { reason } }),
  },
  postmaster: {
    mailboxes: (signal?: AbortSignal) => http.json('GET', '/postmaster/mailboxes', { signal }),
    outbox: (query: T.Paging & { part: T.OutboxPart }, signal?: AbortSignal) =>
      http.json('GET', '/outbox', { query, signal }),
    stuck: (signal?: AbortSignal) => http.json('GET', '/stuck', { signal }),
    retryJob: (id: number) => http.none('POST', '/stuck/jobs/{id}/retry', { path: { id } }),
    /** Hands a reader again what it could not deal with. */
    retryParked: (reader: string) =>
      http.json('POST', '/stuck/readers/{reader}/retry', { path: { reader } }),
  },
  audit: {
    list: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json('GET', '/audit', { query, signal }),
  },
  practice: {
    messages: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json('GET', '/practice/messages', { query: { ...query, direction: 'sent' }, signal }),
    send: (body: T.PracticeMail, idempotencyKey?: string) =>
      http.none('POST', '/practice/mail', { body, creates: true, idempotencyKey }),
  },
  notifications: {
    list: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json('GET', '/notifications', { query, signal }),
    markRead: (body: T.NotificationsRead) => http.none('POST', '/notifications/read', { body }),
  },
});
