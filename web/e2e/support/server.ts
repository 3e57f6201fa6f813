/** The real binary on a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from './wait';

const WORKSPACE = path.resolve(import.meta.dirname, '../../..');
const BINARY = process.env.EVENKEEL_BIN ?? path.join(WORKSPACE, 'target/debug/evenkeel');

/** Below the ports that outgoing connections take, above those of the test services. */
const PORT_FIRST = 32_000;
const PORTS_COUNT = 768;
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 10_000;

export class Server {
  private child: ChildProcess | null = null;
  private said: string[] = [];

  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly flags: readonly string[],
  ) {}

  /** Starts on an empty folder and answers when people could sign in. */
  static async start(...flags: string[]): Promise<Server> {
    const folder = await mkdtemp(path.join(tmpdir(), 'evenkeel-e2e-'));
    const server = new Server(`http://127.0.0.1:${await freePort()}`, folder, flags);
    await server.run();
    return server;
  }

  /** Starts the process, again on the same folder and port after a stop. */
  async run(): Promise<void> {
    const { host } = new URL(this.url);
    const args = ['serve', '--data-dir', this.folder, '--listen', host, '--base-url', this.url];
    const child = spawn(BINARY, [...args, ...this.flags], {
      env: {
        PATH: process.env.PATH,
        EVENKEEL_MAIL_CA_FILE: process.env.EVENKEEL_TEST_MAIL_CA,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => this.said.push(text.toString()));
    }
    await eventually('the server is ready', READY_WITHIN_MS, async () => {
      if (child.exitCode !== null) throw new Error(`it ended:\n${this.log()}`);
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2000) });
      return answer.status === 200;
    });
  }

  /** Freezes it: connections stay open, nothing answers. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends the process and keeps its folder. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.child;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await ended;
    clearTimeout(late);
  }

  /** Ends the process and removes what it stored. */
  async dispose(): Promise<void> {
    // Open WebSockets would hold a gentle end back.
    await this.stop('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What it has logged so far. */
  log(): string {
    return this.said.join('');
  }
}

async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = PORT_FIRST + Math.floor(Math.random() * PORTS_COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port was found');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
