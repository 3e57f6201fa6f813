// Refuses a build whose first load is heavier than what we promise (gzip).
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const JS_BYTES_MAX = 230 * 1024;
const CSS_BYTES_MAX = 25 * 1024;

const dist = path.resolve(import.meta.dirname, '../dist');
const html = readFileSync(path.join(dist, 'index.html'), 'utf8');
const first = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(js|css))"/g)];
const weigh = (kind) =>
  first
    .filter(([, , extension]) => extension === kind)
    .reduce((sum, [, file]) => sum + gzipSync(readFileSync(path.join(dist, file))).length, 0);

// The page can't be drawn without its texts: one language counts as well, the heaviest.
const catalogs = readdirSync(path.join(dist, 'assets'))
  .filter((file) => /^(en|de|es|ar)-[\w-]+\.js$/.test(file))
  .map((file) => gzipSync(readFileSync(path.join(dist, 'assets', file))).length);

const js = weigh('js') + Math.max(0, ...catalogs);
const css = weigh('css');
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
console.log(
  `first load: ${kib(js)} of ${kib(JS_BYTES_MAX)} JS, ${kib(css)} of ${kib(CSS_BYTES_MAX)} CSS`,
);
if (js > JS_BYTES_MAX || css > CSS_BYTES_MAX) {
  console.error('The first load is over its budget: move something into its own chunk.');
  process.exit(1);
}
