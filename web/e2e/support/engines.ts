/** The stores that the binary runs on. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { setting } from './mail';

export type Engine = {
  name: string;
  /** The flags for a fresh store. */
  flags: () => Promise<string[]>;
};

export const ENGINES: readonly Engine[] = [
  { name: 'SQLite', flags: () => Promise.resolve([]) },
  { name: 'PostgreSQL', flags: async () => ['--database-url', await freshDatabase()] },
];

/** The test server is private and thrown away, and its databases with it. */
async function freshDatabase(): Promise<string> {
  const server = setting('EVENKEEL_TEST_POSTGRES');
  const name = `journey_${randomUUID().replaceAll('-', '')}`;
  await promisify(execFile)('psql', ['--no-psqlrc', '-q', '-c', `CREATE DATABASE ${name}`, server]);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
