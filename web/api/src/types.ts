/**
 * The shapes of the REST API, version 1, named as the glossary names them.
 *
 * They are aliases onto `schema.gen.ts`, which is generated from the server's own description, so
 * a screen that drifts from the server does not compile. Said here by hand is only what the
 * description can't say. Times are RFC 3339 strings in UTC, ids are integers, absent PATCH fields
 * stay unchanged and `null` clears.
 */
export type * from './types/common';
export type * from './types/session';
export type * from './types/tickets';
export type * from './types/together';
export type * from './types/customers';
export type * from './types/routing';
export type * from './types/care';
export type * from './types/setup';
export type * from './types/notifications';
export type * from './types/live';
