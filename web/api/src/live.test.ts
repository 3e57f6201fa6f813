import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectLive, pauseBefore, type Live, type LiveStatus } from './live';
import type { LiveFrame, LiveRequest } from './types';

class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: LiveRequest[] = [];
  closed = false;

  send(text: string) {
    this.sent.push(JSON.parse(text) as LiveRequest);
  }
  close() {
    this.closed = true;
  }
  receive(frame: LiveFrame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  greet(position: number) {
    this.onopen?.();
    this.receive({ type: 'hello', position, agent_id: 1 });
  }
  sentOf(type: LiveRequest['type']) {
    return this.sent.filter((request) => request.type === type);
  }
}

const record = (position: number): LiveFrame => ({
  type: 'record',
  position,
  kind: 'ticket.assigned',
  at: '2026-11-22T02:36:17Z',
  ticket_id: 7,
  customer_id: null,
  actor: { type: 'agent', id: 2 },
  agent_ids: [],
  changes: {},
});

describe('the live feed', () => {
  let sockets: FakeSocket[];
  let statuses: LiveStatus[];
  let positions: number[];
  let snapshots: number[];
  let live: Live;
  const last = () => sockets.at(-1)!;

  const connect = () =>
    connectLive({
      url: 'ws://desk.test/api/v1/live',
      openSocket: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      random: () => 0,
      onRecord: ({ position }) => positions.push(position),
      onSnapshot: (position) => snapshots.push(position),
      onPresence: () => {},
      onCounts: () => {},
      onStatus: (status) => statuses.push(status),
    });

  beforeEach(() => {
    vi.useFakeTimers();
    [sockets, statuses, positions, snapshots] = [[], [], [], []];
    live = connect();
  });
  afterEach(() => {
    live.close();
    vi.useRealTimers();
  });

  it('starts at the head and asks for a first fetch', () => {
    last().greet(40);
    expect(last().sent[0]).toEqual({ type: 'resume', position: null });
    expect(snapshots).toEqual([40]);
    expect(statuses).toEqual(['connecting', 'live']);
  });

  it('hands each record over once, in order', () => {
    last().greet(40);
    for (const position of [41, 42, 42, 41, 43]) last().receive(record(position));
    expect(positions).toEqual([41, 42, 43]);
  });

  it('resumes after the last record it saw, not after the greeting', () => {
    last().greet(40);
    last().receive(record(41));
    last().onclose?.();
    vi.advanceTimersByTime(250);
    last().greet(90);
    expect(last().sent[0]).toEqual({ type: 'resume', position: 41 });
    last().receive(record(42));
    expect(positions).toEqual([41, 42]);
    expect(snapshots).toEqual([40]);
  });

  it('takes the position of a snapshot', () => {
    last().greet(40);
    last().receive({ type: 'snapshot', position: 20_000 });
    last().receive(record(20_000));
    last().receive(record(20_001));
    expect(snapshots).toEqual([40, 20_000]);
    expect(positions).toEqual([20_001]);
  });

  it('pings every five seconds and stays live while answers come', () => {
    last().greet(1);
    for (let second = 0; second < 60; second += 5) {
      vi.advanceTimersByTime(5_000);
      last().receive({ type: 'pong' });
    }
    expect(last().sentOf('ping')).toHaveLength(12);
    expect(statuses).toEqual(['connecting', 'live']);
    expect(sockets).toHaveLength(1);
  });

  it('calls the connection lost after nine seconds without traffic', () => {
    last().greet(1);
    const silent = last();
    vi.advanceTimersByTime(8_999);
    expect(statuses).not.toContain('lost');
    vi.advanceTimersByTime(1);
    expect(statuses.at(-1)).toBe('lost');
    expect(silent.closed).toBe(true);
    vi.advanceTimersByTime(250);
    expect(sockets).toHaveLength(2);
    last().greet(2);
    expect(statuses.at(-1)).toBe('live');
  });

  it('says nothing about a drop that heals at the first try', () => {
    last().greet(1);
    last().onclose?.();
    vi.advanceTimersByTime(250);
    last().greet(1);
    expect(statuses).toEqual(['connecting', 'live']);
  });

  it('says lost when the first try fails, and backs off', () => {
    last().greet(1);
    last().onclose?.();
    vi.advanceTimersByTime(250);
    last().onclose?.();
    expect(statuses.at(-1)).toBe('lost');
    vi.advanceTimersByTime(499);
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(3);
  });

  it('gives up on a server that accepts and never greets', () => {
    last().onopen?.();
    vi.advanceTimersByTime(9_000);
    expect(statuses.at(-1)).toBe('lost');
  });

  it('tries at once when asked to', () => {
    for (let drop = 0; drop < 6; drop += 1) {
      last().onclose?.();
      vi.advanceTimersByTime(15_000);
    }
    last().onclose?.();
    const before = sockets.length;
    live.retryNow();
    expect(sockets).toHaveLength(before + 1);
    live.retryNow();
    expect(sockets).toHaveLength(before + 1);
  });

  it('repeats the presence after a reconnection and sends no repetition before', () => {
    live.setPresence(7, 'viewing');
    last().greet(1);
    live.setPresence(7, 'viewing');
    live.setPresence(7, 'writing');
    expect(last().sentOf('presence')).toEqual([
      { type: 'presence', ticket_id: 7, state: 'viewing' },
      { type: 'presence', ticket_id: 7, state: 'writing' },
    ]);
    last().onclose?.();
    vi.advanceTimersByTime(250);
    last().greet(1);
    expect(last().sentOf('presence')).toEqual([
      { type: 'presence', ticket_id: 7, state: 'writing' },
    ]);
  });

  it('stops for good when the session ends', () => {
    last().greet(1);
    last().receive({ type: 'signed_out' });
    vi.advanceTimersByTime(120_000);
    expect(statuses.at(-1)).toBe('signed_out');
    expect(sockets).toHaveLength(1);
  });

  it('keeps one socket per tab', () => {
    last().greet(1);
    const first = last();
    live = connect();
    expect(first.closed).toBe(true);
    expect(sockets).toHaveLength(2);
  });

  it('outlives frames it cannot read', () => {
    last().greet(1);
    last().onmessage?.({ data: 'not json' });
    last().onmessage?.({ data: '{"type":"from_the_future"}' });
    last().receive(record(2));
    expect(positions).toEqual([2]);
  });
});

describe('the pause between attempts', () => {
  it('doubles, is capped, and varies by half', () => {
    expect([0, 1, 2, 3].map((attempt) => pauseBefore(attempt, 0))).toEqual([250, 500, 1000, 2000]);
    expect(pauseBefore(30, 0)).toBe(7_500);
    expect(pauseBefore(30, 0.999)).toBeLessThanOrEqual(15_000);
  });
});
