import { describe, expect, it, vi } from 'vitest';
import { createClient } from './client';
import { isProblem, Problem } from './problem';
import type { TransportOptions } from './transport';

type Sent = { url: string; method: string; headers: Record<string, string>; body: unknown };

function problem(status: number, body: object, headers: Record<string, string> = {}) {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

/** A client against answers given in turn; an `Error` in the list is a network that fails. */
function against(answers: (Response | Error)[], options: TransportOptions = {}) {
  const sent: Sent[] = [];
  const client = createClient({
    wait: () => Promise.resolve(),
    fetch: (url, init) => {
      const { method = 'GET', headers, body } = init ?? {};
      sent.push({ url: String(url), method, headers: headers as Record<string, string>, body });
      const answer = answers.shift();
      if (!answer) throw new Error('one call too many');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    ...options,
  });
  return { client, sent };
}

const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('expected a refusal'),
    (error: unknown) => error as Problem,
  );

describe('the client', () => {
  it('asks with the query that was given and leaves the rest out', async () => {
    const { client, sent } = against([Response.json({ items: [], next: null })]);
    await client.tickets.list({ view: 'team:3', q: '', cursor: null, limit: 20 });
    expect(sent[0]?.url).toBe('/api/v1/tickets?view=team%3A3&limit=20');
    expect(sent[0]?.headers['X-Evenkeel']).toBeUndefined();
  });

  it('fills the path, whatever the text in it', async () => {
    const { client, sent } = against([Response.json({}), new Response(null, { status: 204 })]);
    await client.invitations.byToken('a/b?c');
    await client.tickets.watch(4, 7);
    expect(sent.map(({ url }) => url)).toEqual([
      '/api/v1/invitations/by-token/a%2Fb%3Fc',
      '/api/v1/tickets/4/watchers/7',
    ]);
  });

  it('marks every change against forgery', async () => {
    const { client, sent } = against([new Response(null, { status: 204 })]);
    await client.session.signOut();
    expect(sent[0]).toMatchObject({ method: 'DELETE', headers: { 'X-Evenkeel': '1' } });
  });

  it('keeps one idempotency key over the retries of a create', async () => {
    const { client, sent } = against([
      new TypeError('network'),
      new Response('', { status: 503 }),
      Response.json({ id: 4 }, { status: 201 }),
    ]);
    await client.teams.create({ name: 'Returns' });
    const keys = sent.map(({ headers }) => headers['Idempotency-Key']);
    expect(keys).toHaveLength(3);
    expect(keys[0]).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(new Set(keys).size).toBe(1);
  });

  it('gives each create its own key, and keeps the one it was handed', async () => {
    const answers = () => Response.json({ id: 4 }, { status: 201 });
    const { client, sent } = against([answers(), answers(), answers()]);
    await client.tags.create({ name: 'a' });
    await client.tags.create({ name: 'b' });
    await client.tickets.note(1, { html: 'x' }, 'my-key');
    const keys = sent.map(({ headers }) => headers['Idempotency-Key']);
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('my-key');
  });

  it('does not repeat a change that may have arrived', async () => {
    const { client, sent } = against([new TypeError('network')]);
    const error = await refused(client.teams.update(1, { version: 2, name: 'New' }));
    expect(error.code).toBe('unreachable');
    expect(sent).toHaveLength(1);
  });

  it('says unreachable when no attempt arrives', async () => {
    const { client } = against([new TypeError(), new TypeError(), new TypeError()]);
    const error = await refused(client.views.list());
    expect(isProblem(error, 'unreachable')).toBe(true);
  });

  it('reads problem details with their fields', async () => {
    const { client } = against([
      problem(422, {
        code: 'invalid',
        detail: 'The password is too short.',
        fields: [{ field: 'password', reason: 'too short', mend: 'Use at least 10 characters.' }],
      }),
    ]);
    const error = await refused(client.me.changePassword({ current: 'a', new: 'b' }));
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ status: 422, code: 'invalid', message: error.detail });
    expect(error.field('password')?.mend).toBe('Use at least 10 characters.');
  });

  it('reads how long to wait', async () => {
    const { client } = against([
      problem(429, { code: 'too_many_requests', detail: '' }, { 'retry-after': '30' }),
    ]);
    expect((await refused(client.me.get())).retryAfter).toBe(30);
  });

  it('makes a problem of an answer that is none', async () => {
    const { client } = against([new Response('<h1>Not here</h1>', { status: 404 })]);
    expect(await refused(client.tickets.get(1))).toMatchObject({ status: 404, code: 'unexpected' });
  });

  it('tells once the session is gone, but not for a wrong password', async () => {
    const onSignedOut = vi.fn();
    const { client } = against(
      [
        problem(401, { code: 'wrong_credentials', detail: '' }),
        problem(401, { code: 'not_signed_in', detail: '' }),
      ],
      { onSignedOut },
    );
    await refused(client.session.signIn({ email: 'a@b.c', password: 'x' }));
    expect(onSignedOut).not.toHaveBeenCalled();
    await refused(client.me.get());
    expect(onSignedOut).toHaveBeenCalledOnce();
  });

  it('lets a cancelled call stay cancelled', async () => {
    const { client, sent } = against([new DOMException('gone', 'AbortError')]);
    expect((await refused(client.views.list())).name).toBe('AbortError');
    expect(sent).toHaveLength(1);
  });

  it('sends a file as it is, under its name', async () => {
    const { client, sent } = against([Response.json({ id: 1 }, { status: 201 })]);
    const file = new File(['x'], 'receipt März.pdf', { type: 'application/pdf' });
    await client.uploads.create(file);
    expect(sent[0]?.url).toBe('/api/v1/uploads?name=receipt+M%C3%A4rz.pdf');
    expect(sent[0]?.headers['Content-Type']).toBe('application/pdf');
    expect(sent[0]?.body).toBe(file);
  });
});
