import type { Transport } from '../transport';
import type * as T from '../types';

/** What agents do now, what is put before them, and how work is shared out. */
export const routingEndpoints = (http: Transport) => ({
  board: {
    get: (signal?: AbortSignal) => http.json('GET', '/board', { signal }),
  },
  states: {
    list: (signal?: AbortSignal) => http.json('GET', '/states', { signal }),
    choose: (body: T.StateInput) => http.none('PUT', '/me/state', { body }),
    chooseFor: (id: number, body: T.StateInput) =>
      http.none('PUT', '/agents/{id}/state', { path: { id }, body }),
  },
  offers: {
    list: (signal?: AbortSignal) => http.json('GET', '/offers', { signal }),
    accept: (id: number) => http.json('POST', '/offers/{id}/accept', { path: { id } }),
    decline: (id: number, reason: string | null) =>
      http.none('POST', '/offers/{id}/decline', { path: { id }, body: { reason } }),
    takeBack: (id: number) => http.none('POST', '/offers/{id}/take-back', { path: { id } }),
  },
  load: {
    get: (signal?: AbortSignal) => http.json('GET', '/me/load', { signal }),
    update: (body: T.LoadPatch) => http.json('PATCH', '/me/load', { body }),
    recover: (minutes: number) => http.json('PUT', '/me/recovery', { body: { minutes } }),
  },
  routing: {
    get: (signal?: AbortSignal) => http.json('GET', '/routing', { signal }),
    setTeam: (id: number, body: T.TeamRoutingInput) =>
      http.json('PUT', '/routing/teams/{id}', { path: { id }, body }),
    setAbilities: (id: number, body: T.AbilitiesInput) =>
      http.none('PUT', '/agents/{id}/abilities', { path: { id }, body }),
  },
  skills: {
    list: (signal?: AbortSignal) => http.json('GET', '/skills', { signal }),
    create: (body: T.NewSkill, idempotencyKey?: string) =>
      http.json('POST', '/skills', { body, creates: true, idempotencyKey }),
    update: (id: number, body: T.SkillUpdate) =>
      http.json('PUT', '/skills/{id}', { path: { id }, body }),
    delete: (id: number) => http.none('DELETE', '/skills/{id}', { path: { id } }),
  },
});
