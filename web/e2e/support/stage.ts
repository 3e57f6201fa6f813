/** What every journey stands on: a server, a browser, and traces of what failed. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { Api, COLLEAGUE, OWNER } from './api';
import { launch, person } from './browser';
import type { Engine } from './engines';
import { Server } from './server';

const TRACES = path.resolve(import.meta.dirname, '../../../build/e2e');
const LOG_LINES_SHOWN = 40;

export class Stage {
  server!: Server;
  browser!: Browser;
  private pages: Page[] = [];
  /** Script errors on any page; a journey that made one fails. */
  private errors: string[] = [];

  /** Starts both for the tests of a file and ends them after. */
  static forFile(...flags: string[]): Stage {
    return Stage.open(() => Promise.resolve(flags));
  }

  /** The same on a fresh store of an engine, for the tests of a `describe`. */
  static onEngine(engine: Engine): Stage {
    return Stage.open(engine.flags);
  }

  private static open(flags: () => Promise<string[]>): Stage {
    const stage = new Stage();
    beforeAll(async () => {
      const server = async () => Server.start(...(await flags()));
      [stage.server, stage.browser] = await Promise.all([server(), launch()]);
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') await stage.keepTraces(task.name);
      const { errors } = stage;
      stage.errors = [];
      const contexts = new Set(stage.pages.map((page) => page.context()));
      stage.pages = [];
      await Promise.all([...contexts].map((context) => context.close()));
      if (errors.length > 0) throw new Error(`the page failed:\n${errors.join('\n')}`);
    });
    afterAll(async () => {
      await stage.browser?.close();
      await stage.server?.dispose();
    });
    return stage;
  }

  get url(): string {
    return this.server.url;
  }

  /** A desk with its owner and one agent. */
  async team(): Promise<{ owner: Api; agent: Api }> {
    const owner = await Api.setUp(this.url, OWNER);
    return { owner, agent: await owner.colleague(COLLEAGUE) };
  }

  /** A person at a page of the app, in a browser profile of their own. */
  async visit(api: Api | null, at: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await person(this.browser, api, options);
    const page = await context.newPage();
    this.pages.push(page);
    page.on('pageerror', (error) => this.errors.push(error.stack ?? String(error)));
    await page.goto(new URL(at, this.url).href);
    return page;
  }

  private async keepTraces(test: string): Promise<void> {
    await mkdir(TRACES, { recursive: true });
    const name = test.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 60);
    for (const [index, page] of this.pages.entries()) {
      const file = path.join(TRACES, `${name}-${index + 1}.png`);
      await page.screenshot({ path: file, timeout: 5000 }).catch(() => undefined);
      console.error(`${page.url()} as it was: ${file}`);
    }
    console.error(this.server.log().split('\n').slice(-LOG_LINES_SHOWN).join('\n'));
  }
}
