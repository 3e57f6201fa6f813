/**
 * The shapes of the REST API, version 1, named as the glossary names them.
 *
 * Times are RFC 3339 strings in UTC, ids are integers, absent PATCH fields stay unchanged and
 * `null` clears. Screens import from here only, so that these names can become aliases onto the
 * types generated from `openapi.json` without touching a screen.
 */
export type * from './types/common';
export type * from './types/session';
export type * from './types/tickets';
export type * from './types/customers';
export type * from './types/setup';
export type * from './types/notifications';
export type * from './types/live';
