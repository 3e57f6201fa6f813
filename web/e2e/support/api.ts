/** The public API as a program uses it: to prepare a desk, and to look behind the screen. */
import type { Inbox, Me, Page, Ticket, TicketInput, TimelineItem } from '@evenkeel/api';

export const OWNER = {
  workspace_name: 'Harbour Coffee',
  name: 'Mara Lindqvist',
  email: 'mara@harbour.test',
  password: 'slow tides lift boats',
};
export const COLLEAGUE = {
  name: 'Jonas Weber',
  email: 'jonas@harbour.test',
  password: 'quiet lantern meadow',
};

export class Api {
  private constructor(
    readonly url: string,
    /** The session cookie's value. */
    readonly session: string,
    readonly me: Me,
  ) {}

  static setUp(url: string, owner = OWNER): Promise<Api> {
    return Api.enter(url, '/setup', owner);
  }

  static signIn(url: string, { email, password }: { email: string; password: string }) {
    return Api.enter(url, '/session', { email, password });
  }

  /** Invites a colleague and accepts in their name. */
  async colleague(person = COLLEAGUE, role = 'agent'): Promise<Api> {
    const { link } = await this.post<{ link: string }>('/invitations', {
      email: person.email,
      role,
    });
    const token = new URL(link).pathname.split('/').at(-1);
    return Api.enter(this.url, `/invitations/by-token/${token}/accept`, {
      name: person.name,
      password: person.password,
    });
  }

  private static async enter(url: string, path: string, body: object): Promise<Api> {
    const answer = await call(url, 'POST', path, body);
    const cookie = answer.headers
      .getSetCookie()
      .map((each) => /^evenkeel_session=([^;]+)/.exec(each)?.[1])
      .find(Boolean);
    if (!cookie) throw new Error(`${path} gave no session`);
    return new Api(url, cookie, (await answer.json()) as Me);
  }

  async get<Body>(path: string): Promise<Body> {
    return (await this.call('GET', path)).json() as Promise<Body>;
  }

  async post<Body>(path: string, body: object): Promise<Body> {
    return (await this.call('POST', path, body)).json() as Promise<Body>;
  }

  async call(method: string, path: string, body?: object | string): Promise<Response> {
    return call(this.url, method, path, body, this.session);
  }

  /** Takes a mail as it came off the wire. */
  async receive(raw: string, inbox: string): Promise<number> {
    const path = `/inbound/mail?inbox=${encodeURIComponent(inbox)}`;
    const { ticket_id: id } = (await (await this.call('POST', path, raw)).json()) as {
      ticket_id: number | null;
    };
    if (id === null) throw new Error('the mail made no ticket');
    return id;
  }

  /** A ticket that a customer opened. */
  ticket(input: Partial<TicketInput> & { subject: string }, text: string): Promise<Ticket> {
    return this.post<Ticket>('/tickets', {
      requester: { email: 'ana@mail.test', name: 'Ana Ruiz' },
      kind: 'customer',
      body: { html: text.startsWith('<') ? text : `<p>${text}</p>` },
      ...input,
    });
  }

  async timeline(id: number): Promise<TimelineItem[]> {
    return (await this.get<Page<TimelineItem>>(`/tickets/${id}/timeline`)).items;
  }

  /** An inbox without servers: mail comes to it by the API only. */
  inbox(address: string): Promise<Inbox> {
    return this.post<Inbox>('/inboxes', { name: address, address, import: 'new_only' });
  }
}

async function call(
  url: string,
  method: string,
  path: string,
  body?: object | string,
  session?: string,
): Promise<Response> {
  const isRaw = typeof body === 'string';
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      'x-evenkeel': '1',
      ...(session ? { cookie: `evenkeel_session=${session}` } : {}),
      ...(body ? { 'content-type': isRaw ? 'message/rfc822' : 'application/json' } : {}),
    },
    body: body && (isRaw ? body : JSON.stringify(body)),
    signal: AbortSignal.timeout(15_000),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}
