import type { Transport } from '../transport';
import type * as T from '../types';

/** Views, tickets and everything said on them. */
export const ticketEndpoints = (http: Transport) => ({
  views: {
    list: (signal?: AbortSignal) => http.json<T.Whole<T.View>>('GET', '/views', { signal }),
  },
  tickets: {
    list: (query: T.TicketQuery = {}, signal?: AbortSignal) =>
      http.json<T.Page<T.TicketRow>>('GET', '/tickets', { query, signal }),
    create: (body: T.TicketInput, idempotencyKey?: string) =>
      http.json<T.Ticket>('POST', '/tickets', { body, creates: true, idempotencyKey }),
    get: (id: number, signal?: AbortSignal) =>
      http.json<T.Ticket>('GET', `/tickets/${id}`, { signal }),
    update: (id: number, body: T.TicketPatch) =>
      http.json<T.Ticket>('PATCH', `/tickets/${id}`, { body }),
    move: (id: number, body: { version: number; place: T.Place }) =>
      http.json<T.Ticket>('PUT', `/tickets/${id}/place`, { body }),
    watch: (id: number, agentId: number) => http.none('PUT', `/tickets/${id}/watchers/${agentId}`),
    unwatch: (id: number, agentId: number) =>
      http.none('DELETE', `/tickets/${id}/watchers/${agentId}`),
    markRead: (id: number, number: number) =>
      http.none('PUT', `/tickets/${id}/read`, { body: { number } }),
    markUnread: (id: number) => http.none('DELETE', `/tickets/${id}/read`),
    timeline: (id: number, cursor?: string | null, signal?: AbortSignal) =>
      http.json<T.Timeline>('GET', `/tickets/${id}/timeline`, { query: { cursor }, signal }),
    reply: (id: number, body: T.ReplyInput, idempotencyKey?: string) =>
      http.json<T.MessageItem>('POST', `/tickets/${id}/replies`, {
        body,
        creates: true,
        idempotencyKey,
      }),
    undoReply: (id: number, number: number) =>
      http.json<T.UndoneReply>('DELETE', `/tickets/${id}/replies/${number}`),
    sendNow: (id: number, number: number) =>
      http.json<T.MessageItem>('POST', `/tickets/${id}/replies/${number}/send-now`),
    note: (id: number, body: T.NoteInput, idempotencyKey?: string) =>
      http.json<T.MessageItem>('POST', `/tickets/${id}/notes`, {
        body,
        creates: true,
        idempotencyKey,
      }),
    forward: (id: number, body: T.ForwardInput, idempotencyKey?: string) =>
      http.json<T.MessageItem>('POST', `/tickets/${id}/forwards`, {
        body,
        creates: true,
        idempotencyKey,
      }),
    redact: (id: number, number: number, body: T.RedactionInput, idempotencyKey?: string) =>
      http.json<T.MessageItem>('POST', `/tickets/${id}/messages/${number}/redactions`, {
        body,
        creates: true,
        idempotencyKey,
      }),
  },
  drafts: {
    get: (ticketId: number, kind: T.DraftKind, signal?: AbortSignal) =>
      http.json<T.Draft>('GET', `/tickets/${ticketId}/drafts/${kind}`, { signal }),
    save: (ticketId: number, kind: T.DraftKind, body: T.DraftInput, signal?: AbortSignal) =>
      http.json<{ updated_at: T.Time }>('PUT', `/tickets/${ticketId}/drafts/${kind}`, {
        body,
        signal,
      }),
    delete: (ticketId: number, kind: T.DraftKind) =>
      http.none('DELETE', `/tickets/${ticketId}/drafts/${kind}`),
  },
  uploads: {
    create: (file: File, signal?: AbortSignal, idempotencyKey?: string) =>
      http.json<T.Attachment>('POST', '/uploads', {
        query: { name: file.name },
        raw: file,
        creates: true,
        idempotencyKey,
        signal,
      }),
  },
  deliveries: {
    /** Hands the mail over once more; a person decided that it should be. */
    retry: (id: number) => http.none('POST', `/deliveries/${id}/retry`),
    settle: (id: number, as: 'accepted' | 'refused') =>
      http.none('POST', `/deliveries/${id}/settle`, { body: { as } }),
  },
  customers: {
    list: (query: T.Paging & { q?: string } = {}, signal?: AbortSignal) =>
      http.json<T.Page<T.CustomerRow>>('GET', '/customers', { query, signal }),
    get: (id: number, signal?: AbortSignal) =>
      http.json<T.Customer>('GET', `/customers/${id}`, { signal }),
    update: (id: number, body: T.CustomerPatch) =>
      http.json<T.Customer>('PATCH', `/customers/${id}`, { body }),
  },
});
