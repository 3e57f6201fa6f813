import type { Transport } from '../transport';
import type * as T from '../types';

/** Asking customers how it went, and protecting agents from abuse. */
export const careEndpoints = (http: Transport) => ({
  surveys: {
    settings: (signal?: AbortSignal) => http.json('GET', '/survey-settings', { signal }),
    saveSetting: (body: T.SurveySettingInput) => http.json('PUT', '/survey-settings', { body }),
    removeSetting: (id: number) => http.none('DELETE', '/survey-settings/{id}', { path: { id } }),
    reviews: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json('GET', '/surveys/reviews', { query: { cursor: query.cursor ?? null }, signal }),
    attribute: (id: number, version: number, about: T.SurveyAbout) =>
      http.none('PUT', '/surveys/reviews/{id}', { path: { id }, body: { version, about } }),
    answers: (query: { cursor?: string | null; team_id?: number | null }, signal?: AbortSignal) =>
      http.json('GET', '/surveys/answers', { query, signal }),
    figures: (query: { team_id?: number | null }, signal?: AbortSignal) =>
      http.json('GET', '/surveys/figures', { query, signal }),
    toMe: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json('GET', '/me/survey-answers', { query: { cursor: query.cursor ?? null }, signal }),
    myFigures: (signal?: AbortSignal) =>
      http.json('GET', '/me/survey-figures', { query: {}, signal }),
  },
  abuse: {
    ofTicket: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/tickets/{id}/abuse', { path: { id }, signal }),
    ofCustomer: (id: number, signal?: AbortSignal) =>
      http.json('GET', '/customers/{id}/abuse', { path: { id }, signal }),
    mark: (id: number, number: number, body: { kind: T.AbuseKind; note: string | null }) =>
      http.none('PUT', '/tickets/{id}/messages/{number}/abuse', { path: { id, number }, body }),
    unmark: (id: number, number: number) =>
      http.none('DELETE', '/tickets/{id}/messages/{number}/abuse', { path: { id, number } }),
    reply: (id: number, body: { step: T.AbuseStep; text: string }, idempotencyKey?: string) =>
      http.json('POST', '/tickets/{id}/abuse/replies', {
        path: { id },
        body,
        creates: true,
        idempotencyKey,
      }),
    handOver: (id: number, body: T.AbuseHandOverInput) =>
      http.none('POST', '/tickets/{id}/abuse/hand-over', { path: { id }, body }),
    limit: (customer: number, body: T.AbuseLimitInput, idempotencyKey?: string) =>
      http.json('POST', '/customers/{id}/abuse/limits', {
        path: { id: customer },
        body,
        creates: true,
        idempotencyKey,
      }),
    limits: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json('GET', '/abuse/limits', { query: { cursor: query.cursor ?? null }, signal }),
    lift: (id: number, reason: string) =>
      http.none('POST', '/abuse/limits/{id}/lift', { path: { id }, body: { reason } }),
    appeals: (query: T.Paging = {}, signal?: AbortSignal) =>
      http.json('GET', '/abuse/appeals', { query: { cursor: query.cursor ?? null }, signal }),
    decide: (id: number, body: { version: number; decision: T.AppealDecision; reason: string }) =>
      http.none('PUT', '/abuse/appeals/{id}', { path: { id }, body }),
    texts: (signal?: AbortSignal) => http.json('GET', '/abuse/texts', { signal }),
    saveText: (body: T.AbuseTextInput) => http.none('PUT', '/abuse/texts', { body }),
  },
});
