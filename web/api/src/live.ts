/**
 * The live feed: one WebSocket per tab that resumes by journal position.
 *
 * Promises kept here: records arrive once and in order, whatever the connection does; a connection
 * without traffic for nine seconds is dead and said to be; a lost one is tried again for ever, with
 * growing, jittered pauses. What is not known here is the state of any screen: a snapshot means
 * "fetch what you show again".
 */
import type {
  LiveCounts,
  LiveFrame,
  LivePresence,
  LiveRecord,
  LiveRequest,
  PresenceState,
} from './types';

/**
 * `connecting` before the first hello, `live` while frames flow, `lost` once people should know
 * that what they see may be old, `signed_out` when the session ended and no retry follows.
 */
export type LiveStatus = 'connecting' | 'live' | 'lost' | 'signed_out';

export type LiveOptions = {
  onRecord: (record: LiveRecord) => void;
  /**
   * Fetch again what is on screen. Also called at the very first hello, because anything fetched
   * before it may be older than the feed.
   */
  onSnapshot: (position: number) => void;
  onPresence: (presence: LivePresence) => void;
  onCounts: (counts: LiveCounts) => void;
  onStatus: (status: LiveStatus) => void;
  url?: string;
  openSocket?: (url: string) => WebSocket;
  /** In [0, 1); spreads reconnections so that a restarted server isn't met by everyone at once. */
  random?: () => number;
};

export type Live = {
  /** Tells colleagues which ticket is being looked at; null when none is. */
  setPresence(ticketId: number | null, state: PresenceState): void;
  /** Tries at once instead of waiting for the pause to end. */
  retryNow(): void;
  close(): void;
};

const PING_EVERY_MS = 5_000;
/** From a ping to death; with the ping's own interval that is 9 s without traffic. */
const ANSWER_WITHIN_MS = 4_000;
const HELLO_WITHIN_MS = 9_000;
const PAUSE_FIRST_MS = 500;
const PAUSE_MAX_MS = 15_000;

/** Pause before attempt `n` (from 0): doubling, capped, anywhere in its upper half. */
export function pauseBefore(attempt: number, random: number): number {
  const full = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** attempt);
  return Math.round(full * (0.5 + random / 2));
}

function defaultUrl(): string {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${location.host}/api/v1/live`;
}

function decode(data: unknown): LiveFrame | null {
  try {
    return JSON.parse(String(data)) as LiveFrame;
  } catch {
    return null;
  }
}

let open: Connection | null = null;

/** Opens the tab's live feed; an earlier one of the same tab is closed first. */
export function connectLive(options: LiveOptions): Live {
  open?.close();
  open = new Connection(options);
  return open;
}

class Connection implements Live {
  private socket: WebSocket | null = null;
  private status: LiveStatus | null = null;
  private position: number | null = null;
  private attempt = 0;
  private greeted = false;
  private presence: { ticket_id: number | null; state: PresenceState } | null = null;
  private pings: ReturnType<typeof setInterval> | undefined;
  private death: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: LiveOptions) {
    this.say('connecting');
    globalThis.addEventListener?.('online', this.retryNow);
    globalThis.addEventListener?.('offline', this.wentOffline);
    this.dial();
  }

  setPresence(ticketId: number | null, state: PresenceState): void {
    if (this.presence?.ticket_id === ticketId && this.presence.state === state) return;
    this.presence = { ticket_id: ticketId, state };
    if (this.greeted) this.send({ type: 'presence', ...this.presence });
  }

  readonly retryNow = (): void => {
    if (this.retry === undefined) return;
    clearTimeout(this.retry);
    this.attempt = 0;
    this.dial();
  };

  close(): void {
    this.hangUp();
    clearTimeout(this.retry);
    this.retry = undefined;
    globalThis.removeEventListener?.('online', this.retryNow);
    globalThis.removeEventListener?.('offline', this.wentOffline);
    if (open === this) open = null;
  }

  private readonly wentOffline = (): void => {
    if (this.socket) this.fail('lost');
  };

  private dial(): void {
    this.retry = undefined;
    const { openSocket = (url: string) => new WebSocket(url) } = this.options;
    const socket = openSocket(this.options.url ?? defaultUrl());
    this.socket = socket;
    this.expectTrafficWithin(HELLO_WITHIN_MS);
    socket.onopen = () => {
      this.send({ type: 'resume', position: this.position });
      this.pings = setInterval(() => this.ping(), PING_EVERY_MS);
    };
    socket.onmessage = (event) => this.receive(decode(event.data));
    // A first drop is often a blink (a deploy, a switched network): people hear of it only when
    // the next attempt fails too.
    socket.onclose = () => this.fail(this.attempt === 0 ? 'unsaid' : 'lost');
  }

  private receive(frame: LiveFrame | null): void {
    clearTimeout(this.death);
    this.death = undefined;
    switch (frame?.type) {
      case 'hello':
        return this.greet(frame.position);
      case 'record':
        if (this.position !== null && frame.position <= this.position) return;
        this.position = frame.position;
        return this.options.onRecord(frame);
      case 'snapshot':
        this.position = frame.position;
        return this.options.onSnapshot(frame.position);
      case 'presence':
        return this.options.onPresence(frame);
      case 'counts':
        return this.options.onCounts(frame);
      case 'signed_out':
        this.close();
        return this.say('signed_out');
      default:
        // A pong, or a frame of a newer server: traffic is all it means here.
        return;
    }
  }

  /** A resumed feed keeps its own position: the records up to the hello's are still to come. */
  private greet(head: number): void {
    this.greeted = true;
    this.attempt = 0;
    this.say('live');
    if (this.presence) this.send({ type: 'presence', ...this.presence });
    if (this.position === null) {
      this.position = head;
      this.options.onSnapshot(head);
    }
  }

  private ping(): void {
    this.send({ type: 'ping' });
    if (this.death === undefined) this.expectTrafficWithin(ANSWER_WITHIN_MS);
  }

  private expectTrafficWithin(milliseconds: number): void {
    clearTimeout(this.death);
    this.death = setTimeout(() => this.fail('lost'), milliseconds);
  }

  private fail(saying: 'lost' | 'unsaid'): void {
    this.hangUp();
    if (saying === 'lost') this.say('lost');
    const random = (this.options.random ?? Math.random)();
    this.retry = setTimeout(() => this.dial(), pauseBefore(this.attempt, random));
    this.attempt += 1;
  }

  private hangUp(): void {
    clearInterval(this.pings);
    clearTimeout(this.death);
    this.death = undefined;
    this.greeted = false;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private send(request: LiveRequest): void {
    this.socket?.send(JSON.stringify(request));
  }

  private say(status: LiveStatus): void {
    if (status === this.status) return;
    this.status = status;
    this.options.onStatus(status);
  }
}
