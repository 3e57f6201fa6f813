/**
 * One HTTP exchange with the API: headers, JSON, problems, retries.
 *
 * A call is repeated by itself only when repeating is harmless: reads, and creates, whose
 * `Idempotency-Key` stays the same over all attempts. Changes and removals are not: a first attempt
 * that did arrive would make the second look like a conflict.
 */
import type { Answer, Method, Operation, Parts, PathOf } from './operation';
import { Problem, problemFrom } from './problem';

export type CallOptions = {
  /** Keeps a create single when the caller tries again later. */
  idempotencyKey?: string | undefined;
  /** Gives a POST that creates a key of its own when the caller has none. */
  creates?: boolean;
  signal?: AbortSignal | undefined;
};

type Value = string | number | boolean | null | undefined;
/** A call of any operation; which parts are asked for is what the `Transport` knows. */
type Call = CallOptions & {
  path?: Record<string, string | number>;
  query?: Record<string, Value>;
  body?: unknown;
  /** Sent as it is, with its own content type, instead of JSON. */
  raw?: Blob;
};

export type TransportOptions = {
  /** Default `/api/v1`. */
  baseUrl?: string;
  fetch?: typeof globalThis.fetch;
  randomUUID?: () => string;
  wait?: (milliseconds: number) => Promise<void>;
  /** The session is gone: called on every 401 but that of a wrong password. */
  onSignedOut?: () => void;
};

type CallOf<O> =
  object extends Parts<O> ? [call?: Parts<O> & CallOptions] : [call: Parts<O> & CallOptions];

/** Calls exactly the operations that the API's description holds, with what it says they take. */
export type Transport = {
  json<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...call: CallOf<Operation<M, P>>
  ): Promise<Answer<Operation<M, P>>>;
  none<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...call: CallOf<Operation<M, P>>
  ): Promise<void>;
  text<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...call: CallOf<Operation<M, P>>
  ): Promise<string>;
};

type Prepared = RequestInit & { headers: Record<string, string> };

/** Pauses before the second and third attempt, in milliseconds. */
const RETRY_PAUSES = [300, 1_200];
const RETRY_STATUSES = new Set([502, 503, 504]);

/**
 * A v4 UUID. `crypto.randomUUID` exists only on secure origins, and a desk on a plain-http
 * intranet is one of the places we run, so the bytes are drawn directly there.
 */
export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function address(template: string, { path = {}, query = {} }: Call): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(path[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

export function createTransport(options: TransportOptions = {}): Transport {
  const baseUrl = options.baseUrl ?? '/api/v1';
  const send = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  const wait = options.wait ?? pause;
  const makeKey = options.randomUUID ?? newKey;

  function prepare(method: Method, call: Call): Prepared {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (method !== 'GET') headers['X-Evenkeel'] = '1';
    const key = call.idempotencyKey ?? (call.creates ? makeKey() : undefined);
    if (key !== undefined) headers['Idempotency-Key'] = key;
    const init: Prepared = { method, headers, credentials: 'same-origin' };
    if (call.raw) {
      headers['Content-Type'] = call.raw.type || 'application/octet-stream';
      init.body = call.raw;
    } else if (call.body !== undefined) {
      headers['Content-Type'] = 'application/json';
      init.body = JSON.stringify(call.body);
    }
    if (call.signal) init.signal = call.signal;
    return init;
  }

  async function attempt(url: string, init: RequestInit, pauses: readonly number[]) {
    for (const rest of [...pauses, null]) {
      try {
        const response = await send(url, init);
        if (rest === null || !RETRY_STATUSES.has(response.status)) return response;
      } catch (error) {
        if (isAbort(error)) throw error;
        if (rest === null) throw new Problem(0, 'unreachable', '');
      }
      await wait(rest);
    }
    throw new Problem(0, 'unreachable', '');
  }

  async function exchange(method: Method, path: string, call: Call = {}): Promise<Response> {
    const init = prepare(method, call);
    const harmless = method === 'GET' || 'Idempotency-Key' in init.headers;
    const url = baseUrl + address(path, call);
    const response = await attempt(url, init, harmless ? RETRY_PAUSES : []);
    if (response.ok) return response;
    const problem = await problemFrom(response);
    if (problem.status === 401 && problem.code !== 'wrong_credentials') options.onSignedOut?.();
    throw problem;
  }

  return {
    async json(method: Method, path: string, call?: Call) {
      const response = await exchange(method, path, call);
      try {
        return await response.json();
      } catch (error) {
        if (isAbort(error)) throw error;
        throw new Problem(response.status, 'unexpected', '');
      }
    },
    async none(method: Method, path: string, call?: Call) {
      await exchange(method, path, call);
    },
    async text(method: Method, path: string, call?: Call) {
      return (await exchange(method, path, call)).text();
    },
  } as Transport;
}
