// @vitest-environment jsdom
import { i18n } from '@lingui/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { I18nRoot } from '../../i18n';
import { api } from './client';
import { SessionProvider, useSession } from './session';
import { SessionGate } from './SessionGate';

const preferences = {
  language: 'en',
  theme: 'dark',
  density: 'compact',
  shortcuts: true,
  signature_html: '',
};
const me = (id: number) => ({
  agent: { id, name: 'Mara', email: 'mara@desk.test', role: 'agent' },
  abilities: ['ticket.read'],
  preferences,
  workspace: { name: 'Desk', demo: false, base_url: 'http://desk.test' },
});
const refusal = (code: string) => Response.json({ status: 401, code, detail: '' }, { status: 401 });

/** The server of these tests: one answer for each method and path. */
let answers: Record<string, () => Response>;
let root: Root;
let place: HTMLElement;

function Desk() {
  const { me: signedIn, can } = useSession();
  return (
    <label>
      {signedIn.agent.name} {can('ticket.reply') ? 'replies' : 'reads'}
      <textarea />
    </label>
  );
}

function open() {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  root.render(
    <I18nRoot>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <SessionGate>
            <Desk />
          </SessionGate>
        </SessionProvider>
      </QueryClientProvider>
    </I18nRoot>,
  );
}

const shows = (text: string) =>
  vi.waitFor(() => expect(document.body.textContent).toContain(text), { timeout: 5_000 });

beforeEach(() => {
  // jsdom lacks it, and overlays look up a meta tag with it.
  vi.stubGlobal('CSS', { escape: (text: string) => text });
  i18n.loadAndActivate({ locale: 'en', messages: {} });
  vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => {
    const answer = answers[`${init.method ?? 'GET'} ${url.replace('/api/v1', '')}`];
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('no network'));
  });
  place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
});

afterEach(() => {
  root.unmount();
  place.remove();
  vi.unstubAllGlobals();
});

describe('the gate', () => {
  it('lets in whoever is signed in, with the look they prefer', async () => {
    answers = { 'GET /me': () => Response.json(me(1)) };
    open();
    await shows('Mara reads');
    expect(document.documentElement.dataset).toMatchObject({ theme: 'dark', density: 'compact' });
  });

  it('makes the first visitor the owner', async () => {
    answers = {
      'GET /me': () => refusal('not_signed_in'),
      'GET /setup': () => Response.json({ needed: true, demo: false, workspace_name: null }),
    };
    open();
    await shows('Good to have you aboard');
  });

  it('asks others to sign in', async () => {
    answers = {
      'GET /me': () => refusal('not_signed_in'),
      'GET /setup': () =>
        Response.json({ needed: false, demo: false, workspace_name: 'Northwind' }),
    };
    open();
    await shows('Sign in to Northwind.');
  });

  it('keeps what is being typed when the session ends', async () => {
    answers = {
      'GET /me': () => Response.json(me(1)),
      'GET /views': () => refusal('not_signed_in'),
    };
    open();
    await shows('Mara reads');
    const text = place.querySelector('textarea')!;
    text.value = 'Dear Ana';
    await api.views.list().catch(() => undefined);
    await shows('Please sign in again');
    expect(document.querySelector('textarea')).toBe(text);
    expect(text.value).toBe('Dear Ana');
  });
});
