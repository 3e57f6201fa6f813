import type { Transport } from '../transport';
import type * as T from '../types';

/** What colleagues do together: promises, absences, and what waits for one person. */
export const togetherEndpoints = (http: Transport) => ({
  together: {
    get: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/tickets/{id}/together', { path: { id }, signal }),
    day: (signal?: AbortSignal) => http.json('GET', '/me/day', { signal }),
  },
  promises: {
    create: (id: number, body: T.PromiseInput, idempotencyKey?: string) =>
      http.json('POST', '/tickets/{id}/promises', {
        path: { id },
        body,
        creates: true,
        idempotencyKey,
      }),
    update: (id: number, body: T.PromisePatch) =>
      http.json('PATCH', '/promises/{id}', { path: { id }, body }),
  },
  sideConversations: {
    create: (id: number, body: T.SideConversationInput, idempotencyKey?: string) =>
      http.json('POST', '/tickets/{id}/side-conversations', {
        path: { id },
        body,
        creates: true,
        idempotencyKey,
      }),
    get: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/side-conversations/{id}', { path: { id }, signal }),
    update: (id: number, body: T.SideConversationPatch) =>
      http.json('PATCH', '/side-conversations/{id}', { path: { id }, body }),
    write: (id: number, body: T.SideMessageInput, idempotencyKey?: string) =>
      http.json('POST', '/side-conversations/{id}/messages', {
        path: { id },
        body,
        creates: true,
        idempotencyKey,
      }),
  },
  escalationPaths: {
    list: (signal?: AbortSignal) => http.json('GET', '/escalation-paths', { signal }),
    create: (body: T.EscalationPathInput, idempotencyKey?: string) =>
      http.json('POST', '/escalation-paths', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.EscalationPathPatch) =>
      http.json('PATCH', '/escalation-paths/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/escalation-paths/{id}', { path: { id } }),
  },
  escalations: {
    create: (id: number, body: T.EscalationInput, idempotencyKey?: string) =>
      http.json('POST', '/tickets/{id}/escalations', {
        path: { id },
        body,
        creates: true,
        idempotencyKey,
      }),
    accept: (id: number, version: number) =>
      http.json('POST', '/escalations/{id}/accept', { path: { id }, body: { version } }),
    giveBack: (id: number, version: number, reason: string) =>
      http.json('POST', '/escalations/{id}/return', { path: { id }, body: { version, reason } }),
  },
  handOvers: {
    draft: (signal?: AbortSignal) => http.json('GET', '/hand-overs/draft', { signal }),
    list: (signal?: AbortSignal) => http.json('GET', '/hand-overs', { signal }),
    create: (body: T.HandOverInput, idempotencyKey?: string) =>
      http.json('POST', '/hand-overs', { body, creates: true, idempotencyKey }),
    read: (id: number) => http.json('POST', '/hand-overs/{id}/read', { path: { id } }),
  },
  checklists: {
    list: (signal?: AbortSignal) => http.json('GET', '/checklists', { signal }),
    create: (body: T.ChecklistInput, idempotencyKey?: string) =>
      http.json('POST', '/checklists', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.ChecklistPatch) =>
      http.json('PATCH', '/checklists/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/checklists/{id}', { path: { id } }),
    use: (ticketId: number, checklistId: number, idempotencyKey?: string) =>
      http.json('POST', '/tickets/{id}/checklists', {
        path: { id: ticketId },
        body: { checklist_id: checklistId },
        creates: true,
        idempotencyKey,
      }),
  },
  tasks: {
    create: (id: number, body: T.TaskInput, idempotencyKey?: string) =>
      http.json('POST', '/tickets/{id}/tasks', {
        path: { id },
        body,
        creates: true,
        idempotencyKey,
      }),
    update: (id: number, body: T.TaskPatch) =>
      http.json('PATCH', '/tasks/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/tasks/{id}', { path: { id } }),
  },
  absences: {
    list: (signal?: AbortSignal) => http.json('GET', '/absences', { signal }),
    create: (body: T.AbsenceInput, idempotencyKey?: string) =>
      http.json('POST', '/absences', { body, creates: true, idempotencyKey }),
    delete: (id: number) => http.none('DELETE', '/absences/{id}', { path: { id } }),
  },
});
