// @vitest-environment node
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import config from '../../lingui.config';

const src = path.resolve(import.meta.dirname, '..');
const areas = (config.catalogs?.[0]?.exclude ?? []).map((glob) =>
  glob.replace('<rootDir>/src', src).replace('**', ''),
);
const isLater = (file: string) => areas.some((area) => file.startsWith(area));
const hasTexts = (code: string) => code.includes('@lingui/');

const STATIC = /^(?:import|export)\s+(?!type\b)(?:[^'"]*?from\s+)?['"](\.[^'"]+)['"]/gm;
const DYNAMIC = /(later\()?(?:async )?\(\) =>(?! void)[^']{0,40}import\('(\.[^']+)'\)/g;

function resolved(from: string, name: string): string | undefined {
  const base = path.resolve(path.dirname(from), name);
  const files = ['', '.ts', '.tsx', '/index.ts', '/index.tsx'].map((end) => base + end);
  return files.find((file) => existsSync(file) && statSync(file).isFile());
}

/** What a file brings along, except for what is behind `later`. */
function brought(file: string, code: string): string[] {
  const still = [...code.matchAll(STATIC)].map(([, name]) => name);
  const lazily = [...code.matchAll(DYNAMIC)].filter(([, it]) => !it).map(([, , name]) => name);
  return [...still, ...lazily].flatMap((name) => resolved(file, name ?? '') ?? []);
}

it('shows nothing of the later catalog that did not come through `later`', () => {
  expect(areas.length).toBeGreaterThan(0);
  const queue = [path.join(src, 'main.tsx')];
  const seen = new Set<string>(queue);
  const wrong: string[] = [];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (!/\.tsx?$/.test(file)) continue;
    const code = readFileSync(file, 'utf8');
    if (isLater(file) && hasTexts(code)) wrong.push(path.relative(src, file));
    for (const next of brought(file, code)) {
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
    }
  }
  expect(seen.size).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});
