import type { Transport } from '../transport';
import type * as T from '../types';

/** Writing answers the message that was written, which the description calls a timeline item. */
const message = (answer: Promise<T.TimelineItem>) => answer as Promise<T.MessageItem>;

/** Views, tickets and everything said on them. */
export const ticketEndpoints = (http: Transport) => ({
  views: {
    list: (signal?: AbortSignal) =>
      http.json('GET', '/views', { signal }) as Promise<T.Whole<T.View>>,
    get: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/views/{id}', { path: { id }, signal }),
    create: (body: T.ViewInput, idempotencyKey?: string) =>
      http.json('POST', '/views', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.ViewPatch) =>
      http.json('PATCH', '/views/{id}', { path: { id }, body }),
    remove: (id: number) => http.none('DELETE', '/views/{id}', { path: { id } }),
    preview: (body: T.ViewDefinition, signal?: AbortSignal) =>
      http.json('POST', '/views/preview', { body, signal }),
  },
  tickets: {
    list: (query: T.TicketQuery = {}, signal?: AbortSignal) =>
      http.json('GET', '/tickets', { query, signal }),
    create: (body: T.TicketInput, idempotencyKey?: string) =>
      http.json('POST', '/tickets', { body, creates: true, idempotencyKey }),
    get: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/tickets/{id}', { path: { id }, signal }),
    /** What a masked field holds; the ticket tells who looked. */
    revealField: (id: number, key: string) =>
      http.json('POST', '/tickets/{id}/fields/{key}/reveal', { path: { id, key } }),
    /** Its promises, each with its reason. */
    clocks: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/tickets/{id}/clocks', { path: { id }, signal }),
    update: (id: number, body: T.TicketPatch) =>
      http.json('PATCH', '/tickets/{id}', { path: { id }, body }),
    move: (id: number, body: T.PlaceInput) =>
      http.json('PUT', '/tickets/{id}/place', { path: { id }, body }),
    watch: (id: number, agentId: number) =>
      http.none('PUT', '/tickets/{id}/watchers/{agent_id}', { path: { id, agent_id: agentId } }),
    unwatch: (id: number, agentId: number) =>
      http.none('DELETE', '/tickets/{id}/watchers/{agent_id}', { path: { id, agent_id: agentId } }),
    markRead: (id: number, number: number) =>
      http.none('PUT', '/tickets/{id}/read', { path: { id }, body: { number } }),
    markUnread: (id: number) => http.none('DELETE', '/tickets/{id}/read', { path: { id } }),
    timeline: (id: number, cursor?: string | null, signal?: AbortSignal) =>
      http.json('GET', '/tickets/{id}/timeline', { path: { id }, query: { cursor }, signal }),
    reply: (id: number, body: T.ReplyInput, idempotencyKey?: string) =>
      message(
        http.json('POST', '/tickets/{id}/replies', {
          path: { id },
          body,
          creates: true,
          idempotencyKey,
        }),
      ),
    undoReply: (id: number, number: number) =>
      http.json('DELETE', '/tickets/{id}/replies/{number}', { path: { id, number } }),
    sendNow: (id: number, number: number) =>
      message(
        http.json('POST', '/tickets/{id}/replies/{number}/send-now', { path: { id, number } }),
      ),
    note: (id: number, body: T.NoteInput, idempotencyKey?: string) =>
      message(
        http.json('POST', '/tickets/{id}/notes', {
          path: { id },
          body,
          creates: true,
          idempotencyKey,
        }),
      ),
    forward: (id: number, body: T.ForwardInput, idempotencyKey?: string) =>
      message(
        http.json('POST', '/tickets/{id}/forwards', {
          path: { id },
          body,
          creates: true,
          idempotencyKey,
        }),
      ),
    redact: (id: number, number: number, body: T.RedactionInput, idempotencyKey?: string) =>
      message(
        http.json('POST', '/tickets/{id}/messages/{number}/redactions', {
          path: { id, number },
          body,
          creates: true,
          idempotencyKey,
        }),
      ),
    /** Links two tickets: `kind` is what the other is to this one. */
    link: (id: number, body: T.LinkInput) =>
      http.json('POST', '/tickets/{id}/links', { path: { id }, body }),
    unlink: (id: number, other: number) =>
      http.json('DELETE', '/tickets/{id}/links/{other_id}', { path: { id, other_id: other } }),
    /** Solves a problem and begins to solve its open incidents. */
    solveIncidents: (id: number, body: T.IncidentsInput, idempotencyKey?: string) =>
      http.json('POST', '/tickets/{id}/incidents/solve', {
        path: { id },
        body,
        creates: true,
        idempotencyKey,
      }),
    /** What merging `sources` into the ticket would do. */
    previewMerge: (id: number, sources: readonly number[], signal?: AbortSignal) =>
      http.json('GET', '/tickets/{id}/merges', {
        path: { id },
        query: { source_ids: sources.join(',') },
        signal,
      }),
    merge: (id: number, body: T.MergeInput, idempotencyKey?: string) =>
      http.json('POST', '/tickets/{id}/merges', {
        path: { id },
        body,
        creates: true,
        idempotencyKey,
      }),
    /** Brings `source` back out of the ticket; answers what came back. */
    unmerge: (id: number, source: number, body: T.UnmergeInput) =>
      http.json('POST', '/tickets/{id}/merges/{source_id}/undo', {
        path: { id, source_id: source },
        body,
      }),
    split: (id: number, body: T.SplitInput, idempotencyKey?: string) =>
      http.json('POST', '/tickets/{id}/splits', {
        path: { id },
        body,
        creates: true,
        idempotencyKey,
      }),
  },
  bulk: {
    start: (body: T.BulkInput, idempotencyKey?: string) =>
      http.json('POST', '/bulk', { body, creates: true, idempotencyKey }),
    get: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/bulk/{id}', { path: { id }, signal }),
    cancel: (id: number) => http.json('POST', '/bulk/{id}/cancel', { path: { id } }),
    undo: (id: number) => http.json('POST', '/bulk/{id}/undo', { path: { id } }),
  },
  drafts: {
    get: (id: number, kind: T.DraftKind, signal?: AbortSignal) =>
      http.json('GET', '/tickets/{id}/drafts/{kind}', { path: { id, kind }, signal }),
    save: (id: number, kind: T.DraftKind, body: T.DraftInput, signal?: AbortSignal) =>
      http.json('PUT', '/tickets/{id}/drafts/{kind}', { path: { id, kind }, body, signal }),
    delete: (id: number, kind: T.DraftKind) =>
      http.none('DELETE', '/tickets/{id}/drafts/{kind}', { path: { id, kind } }),
  },
  uploads: {
    create: (file: File, signal?: AbortSignal, idempotencyKey?: string) =>
      http.json('POST', '/uploads', {
        query: { name: file.name },
        raw: file,
        creates: true,
        idempotencyKey,
        signal,
      }),
  },
  deliveries: {
    /** Hands the mail over once more; a person decided that it should be. */
    retry: (id: number) => http.none('POST', '/deliveries/{id}/retry', { path: { id } }),
    settle: (id: number, as: T.SettledState) =>
      http.none('POST', '/deliveries/{id}/settle', { path: { id }, body: { as } }),
  },
  search: {
    find: (query: { q: string; cursor?: string; limit?: number }, signal?: AbortSignal) =>
      http.json('GET', '/search', { query, signal }),
    /** How a query may go on from the caret. */
    complete: (q: string, signal?: AbortSignal) =>
      http.json('GET', '/search/complete', { query: { q }, signal }),
  },
  customers: {
    list: (query: T.Paging & { q?: string } = {}, signal?: AbortSignal) =>
      http.json('GET', '/customers', { query, signal }),
    get: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/customers/{id}', { path: { id }, signal }),
    update: (id: number, body: T.CustomerPatch) =>
      http.json('PATCH', '/customers/{id}', { path: { id }, body }),
    /** Lets mail go to a paused address again. */
    resume: (id: number, identity: number, reason: string) =>
      http.none('POST', '/customers/{id}/identities/{identity}/resume', {
        path: { id, identity },
        body: { reason },
      }),
  },
});
