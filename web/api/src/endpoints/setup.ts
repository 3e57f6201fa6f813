import type { Transport } from '../transport';
import type * as T from '../types';

/** What admins arrange: teams, tags, macros, inboxes, lost mail, the audit trail. */
export const setupEndpoints = (http: Transport) => ({
  teams: {
    list: (signal?: AbortSignal) => http.json<T.Whole<T.Team>>('GET', '/teams', { signal }),
    create: (body: T.TeamInput, idempotencyKey?: string) =>
      http.json<T.Team>('POST', '/teams', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.TeamPatch) => http.json<T.Team>('PATCH', `/teams/${id}`, { body }),
    delete: (id: number) => http.none('DELETE', `/teams/${id}`),
  },
  tags: {
    list: (signal?: AbortSignal) => http.json<T.Whole<T.Tag>>('GET', '/tags', { signal }),
    create: (body: T.TagInput, idempotencyKey?: string) =>
      http.json<T.Tag>('POST', '/tags', { body, creates: true, idempotencyKey }),
    update: (id: number, body: Partial<T.TagInput>) =>
      http.json<T.Tag>('PATCH', `/tags/${id}`, { body }),
    delete: (id: number) => http.none('DELETE', `/tags/${id}`),
  },
  macros: {
    list: (signal?: AbortSignal) => http.json<T.Whole<T.Macro>>('GET', '/macros', { signal }),
    create: (body: T.MacroInput, idempotencyKey?: string) =>
      http.json<T.Macro>('POST', '/macros', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.MacroPatch) =>
      http.json<T.Macro>('PATCH', `/macros/${id}`, { body }),
    delete: (id: number) => http.none('DELETE', `/macros/${id}`),
  },
  brands: {
    list: (signal?: AbortSignal) => http.json<T.Whole<T.Brand>>('GET', '/brands', { signal }),
  },
  inboxes: {
    list: (signal?: AbortSignal) => http.json<T.Whole<T.Inbox>>('GET', '/inboxes', { signal }),
    create: (body: T.InboxInput, idempotencyKey?: string) =>
      http.json<T.Inbox>('POST', '/inboxes', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.InboxPatch) =>
      http.json<T.Inbox>('PATCH', `/inboxes/${id}`, { body }),
    delete: (id: number) => http.none('DELETE', `/inboxes/${id}`),
    /** Tries the settings against the mail host without saving anything. */
    check: (body: T.InboxCheckInput, signal?: AbortSignal) =>
      http.json<T.InboxCheck>('POST', '/inboxes/check', { body, signal }),
  },
  failures: {
    list: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json<T.Page<T.InboundFailure>>('GET', '/inbound/failures', { query, signal }),
    retry: (id: number) => http.none('POST', `/inbound/failures/${id}/retry`),
    raw: (id: number, signal?: AbortSignal) =>
      http.text('GET', `/inbound/failures/${id}/raw`, { signal }),
    delete: (id: number) => http.none('DELETE', `/inbound/failures/${id}`),
  },
  audit: {
    list: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json<T.Page<T.AuditRecord>>('GET', '/audit', { query, signal }),
  },
  practice: {
    messages: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json<T.Page<T.PracticeMessage>>('GET', '/practice/messages', {
        query: { ...query, direction: 'sent' },
        signal,
      }),
    send: (body: T.PracticeMail, idempotencyKey?: string) =>
      http.none('POST', '/practice/mail', { body, creates: true, idempotencyKey }),
  },
  notifications: {
    list: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json<T.NotificationPage>('GET', '/notifications', { query, signal }),
    markRead: (body: T.NotificationsRead) => http.none('POST', '/notifications/read', { body }),
  },
});
