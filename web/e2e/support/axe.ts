/** What keeps people with assistive technology out, in words. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 up to AA, and what it took over from earlier versions. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PLACES_SHOWN = 4;

/**
 * The violations on a page; the frames of mail are their senders' and are left out, and so are
 * announcements: they stay for seconds and may name what has gone meanwhile.
 */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(SOURCE);
  const found = await page.evaluate(async (tags) => {
    const { axe } = window as unknown as {
      axe: { run(context: object, options: object): Promise<AxeResults> };
    };
    const context = { include: document, exclude: '[data-live-announcer]' };
    const options = { runOnly: { type: 'tag', values: tags }, iframes: false };
    return (await axe.run(context, { ...options, resultTypes: ['violations'] })).violations;
  }, TAGS);
  return found.map(({ id, impact, help, nodes }) => {
    const places = nodes
      .slice(0, PLACES_SHOWN)
      .map(({ target, failureSummary, html }) =>
        [`  at ${target.join(' ')}`, html.slice(0, 200), failureSummary ?? '']
          .join('\n')
          .replaceAll('\n', '\n     '),
      );
    const more = nodes.length > PLACES_SHOWN ? [`  and ${nodes.length - PLACES_SHOWN} more`] : [];
    return [`${id} (${impact}): ${help}`, ...places, ...more].join('\n');
  });
}
