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
  absences: {
    list: (signal?: AbortSignal) => http.json('GET', '/absences', { signal }),
    create: (body: T.AbsenceInput, idempotencyKey?: string) =>
      http.json('POST', '/absences', { body, creates: true, idempotencyKey }),
    delete: (id: number) => http.none('DELETE', '/absences/{id}', { path: { id } }),
  },
});
