import { describe, expect, it } from 'vitest';
import { CATALOGUE, type Action } from './catalogue';
import { actionFor } from './registry';

/** The actions that share a key with another one. */
function clashes(actions: readonly Action[]): string[] {
  const owners = new Map<string, string>();
  const found: string[] = [];
  for (const { id, keys = [] } of actions) {
    for (const key of keys) {
      const owner = owners.get(key);
      if (owner) found.push(`${key}: ${owner} and ${id}`);
      owners.set(key, id);
    }
  }
  return found;
}

describe('the key map', () => {
  it('is printed here, and changes to it are reviewed', () => {
    const lines = CATALOGUE.flatMap(({ id, keys }) => (keys ?? []).map((key) => `${key} ${id}`));
    expect(lines.toSorted().join('\n')).toMatchInlineSnapshot(`
      "# ticket.trash
      / list.search
      ? app.help
      a ticket.assign
      c write.note
      e ticket.solve
      enter list.open
      escape ticket.back
      f write.forward
      h ticket.snooze
      j list.next
      k list.previous
      m ticket.take
      mod+. app.lock
      mod+a list.selectAll
      mod+enter write.send
      mod+k app.palette
      n ticket.new
      r write.reply
      s ticket.status
      shift+a ticket.abuse
      shift+j list.selectDown
      shift+k list.selectUp
      shift+x list.selectNone
      t ticket.tag
      u ticket.unread
      v state.menu
      w ticket.watch
      x list.select
      y offer.accept
      z undo"
    `);
  });

  it('has no clashes', () => {
    expect(clashes(CATALOGUE)).toEqual([]);
  });

  it('would notice a clash', () => {
    const twice = [...CATALOGUE, { ...CATALOGUE[0]!, id: 'second' }];
    expect(clashes(twice)).toEqual(['j: list.next and second']);
  });

  it('names each action once', () => {
    expect(new Set(CATALOGUE.map((action) => action.id)).size).toBe(CATALOGUE.length);
  });
});

describe('a key press', () => {
  const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
    ({
      key,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      target: null,
      ...more,
    }) as KeyboardEvent;

  it('finds its action', () => {
    expect(actionFor(press('j'), true)).toBe('list.next');
    expect(actionFor(press('?'), true)).toBe('app.help');
    expect(actionFor(press('?', { shiftKey: true }), true)).toBe('app.help');
    expect(actionFor(press('A', { shiftKey: true }), true)).toBe('ticket.abuse');
    expect(actionFor(press('A'), true)).toBe('ticket.assign');
    expect(actionFor(press('K', { metaKey: true }), true)).toBe('app.palette');
    expect(actionFor(press('k', { ctrlKey: true }), true)).toBe('app.palette');
  });

  it('leaves single keys alone when they are switched off, and keeps those with a modifier', () => {
    expect(actionFor(press('j'), false)).toBeNull();
    expect(actionFor(press('Enter', { ctrlKey: true }), false)).toBe('write.send');
  });

  it('leaves other combinations to the browser', () => {
    expect(actionFor(press('j', { ctrlKey: true }), true)).toBeNull();
    expect(actionFor(press('j', { altKey: true }), true)).toBeNull();
  });
});
