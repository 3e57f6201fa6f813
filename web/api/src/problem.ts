/**
 * What went wrong, as RFC 9457 problem details. Every failed call rejects with a `Problem`, also
 * when the server was never reached (`unreachable`) or answered something else (`unexpected`).
 */

export type ProblemField = { field: string; reason: string; mend: string | null };

/** Codes screens act on; others are shown by their `detail`. */
export type ProblemCode =
  | 'wrong_credentials'
  | 'not_signed_in'
  | 'not_allowed'
  | 'not_found'
  | 'stale_version'
  | 'new_messages'
  | 'already_sent'
  | 'already_set_up'
  | 'invalid'
  | 'too_many_requests'
  | 'locked_out'
  | 'unreachable'
  | 'unexpected'
  | (string & {});

export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    readonly code: ProblemCode,
    readonly detail: string,
    readonly fields: readonly ProblemField[] = [],
    /** Seconds the server asked us to wait, from `Retry-After`. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail || code);
  }

  field(name: string): ProblemField | undefined {
    return this.fields.find((field) => field.field === name);
  }
}

export const isProblem = (error: unknown, code?: ProblemCode): error is Problem =>
  error instanceof Problem && (code === undefined || error.code === code);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function readFields(value: unknown): ProblemField[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { field, reason, mend } = entry as Record<string, unknown>;
    return [{ field: text(field), reason: text(reason), mend: text(mend) || null }];
  });
}

function readRetryAfter(response: Response): number | null {
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** Reads a failed response; a body that isn't a problem (a proxy's page) becomes `unexpected`. */
export async function problemFrom(response: Response): Promise<Problem> {
  let body: unknown = null;
  try {
    body = await response.json();
  } catch {
    // Not JSON: the status says all there is to know.
  }
  const retryAfter = readRetryAfter(response);
  if (typeof body !== 'object' || body === null || !('code' in body)) {
    return new Problem(response.status, 'unexpected', response.statusText, [], retryAfter);
  }
  const { code, detail, title, fields } = body as Record<string, unknown>;
  return new Problem(
    response.status,
    text(code) || 'unexpected',
    text(detail) || text(title),
    readFields(fields),
    retryAfter,
  );
}
