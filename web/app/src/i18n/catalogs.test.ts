// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from './languages';

/** Messages of a catalog by id; ids are the English texts. */
function readCatalog(name: string): Map<string, string> {
  const text = readFileSync(new URL(`./locales/${name}.po`, import.meta.url), 'utf8');
  const blocks = text.matchAll(/^msgid ((?:".*"\n)+)msgstr ((?:".*"\n)+)/gm);
  const join = (lines = '') =>
    lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as string)
      .join('');
  return new Map(
    Array.from(blocks, ([, id, message]) => [join(id), join(message)] as const).filter(
      ([id]) => id !== '',
    ),
  );
}

/** Names of values and numbers of tags in a message, however often each is used. */
function holes(message: string): string[] {
  const found = message.match(/\{\w+(?=[,}])|<\/?\d+\/?>/g) ?? [];
  return [...new Set(found)].sort();
}

const pluralForms = (message: string) =>
  (message.match(/\b(zero|one|two|few|many|other) \{/g) ?? []).map((form) => form.split(' ')[0]);

const CATALOGS = LANGUAGES.flatMap(({ code }) =>
  ['', 'later/'].map((folder) => ({ name: folder + code, folder, code })),
);

describe.each(CATALOGS)('the catalog $name', ({ name, folder, code }) => {
  const source = readCatalog(`${folder}en`);
  const catalog = readCatalog(name);

  it('has every message', () => {
    expect(source.size).toBeGreaterThan(300);
    expect([...catalog.keys()].sort()).toEqual([...source.keys()].sort());
    expect([...catalog].filter(([, message]) => message === '').map(([id]) => id)).toEqual([]);
  });

  it('keeps the values and tags of every message', () => {
    const broken = [...catalog].filter(
      ([id, message]) => holes(id).join() !== holes(message).join(),
    );
    expect(broken).toEqual([]);
  });

  it('knows every plural form its language has', () => {
    const needed = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
    const plurals = [...catalog].filter(([id]) => /, plural,/.test(id));
    expect(plurals.length).toBeGreaterThan(0);
    for (const [, message] of plurals) {
      // Spanish "many" is for millions, which no count here reaches; "other" serves it.
      const wanted = needed.filter((form) => !(code === 'es' && form === 'many'));
      expect(pluralForms(message)).toEqual(expect.arrayContaining(wanted));
    }
  });
});
