import type { Agent, Macro } from '@evenkeel/api';
import { Extension, type Editor, type Range } from '@tiptap/core';
import HardBreak from '@tiptap/extension-hard-break';
import Image from '@tiptap/extension-image';
import Mention from '@tiptap/extension-mention';
import Placeholder from '@tiptap/extension-placeholder';
import { PluginKey } from '@tiptap/pm/state';
import StarterKit from '@tiptap/starter-kit';
import Suggestion, { type SuggestionOptions, type SuggestionProps } from '@tiptap/suggestion';

export interface Suggested {
  id: number;
  label: string;
  detail?: string;
}

/** A list offered while somebody types @ or /. */
export interface Suggesting {
  kind: 'agents' | 'macros';
  items: readonly Suggested[];
  active: number;
  at: DOMRect | null;
  choose: (index: number) => void;
}

export interface Sources {
  placeholder: () => string;
  agents: () => readonly Agent[];
  macros: () => readonly Macro[];
  onMacro: (macro: Macro, insert: (html: string) => void) => void;
  suggest: (suggesting: Suggesting | null) => void;
  suggesting: () => Suggesting | null;
}

const SHOWN_MAX = 8;

function matching<Item extends { name: string }>(items: readonly Item[], query: string): Item[] {
  const wanted = query.toLocaleLowerCase();
  return items.filter(({ name }) => name.toLocaleLowerCase().includes(wanted)).slice(0, SHOWN_MAX);
}

/** Shows what is offered and lets arrows, Enter and Escape choose. */
function offering(
  kind: Suggesting['kind'],
  sources: Sources,
): SuggestionOptions<Suggested>['render'] {
  return () => {
    const show = (props: SuggestionProps<Suggested>, active = 0) => {
      if (props.items.length === 0) return sources.suggest(null);
      sources.suggest({
        kind,
        items: props.items,
        active,
        at: props.clientRect?.() ?? null,
        choose: (index) => {
          const item = props.items[index];
          if (item) props.command(item);
        },
      });
    };
    const move = (by: number) => {
      const now = sources.suggesting();
      if (!now) return;
      const active = (now.active + by + now.items.length) % now.items.length;
      sources.suggest({ ...now, active });
    };
    return {
      onStart: (props) => show(props),
      onUpdate: (props) => show(props),
      onExit: () => sources.suggest(null),
      onKeyDown: ({ event }) => {
        const now = sources.suggesting();
        if (!now) return false;
        switch (event.key) {
          case 'ArrowDown':
            move(1);
            return true;
          case 'ArrowUp':
            move(-1);
            return true;
          case 'Enter':
          case 'Tab':
            if (event.ctrlKey || event.metaKey) return false;
            now.choose(now.active);
            return true;
          case 'Escape':
            sources.suggest(null);
            event.stopPropagation();
            return true;
          default:
            return false;
        }
      },
    };
  };
}

function mention(sources: Sources) {
  return Mention.extend({
    parseHTML: () => [{ tag: 'span[data-mention]' }],
    addAttributes: () => ({
      id: { parseHTML: (element: HTMLElement) => element.getAttribute('data-mention') },
      label: { parseHTML: (element: HTMLElement) => element.textContent?.replace(/^@/, '') ?? '' },
    }),
    renderHTML: ({ node }) => ['span', { 'data-mention': node.attrs.id }, `@${node.attrs.label}`],
  }).configure({
    suggestion: {
      char: '@',
      pluginKey: new PluginKey('agents'),
      items: ({ query }) => {
        const active = sources.agents().filter((agent) => agent.status === 'active');
        return matching(active, query).map(({ id, name }) => ({ id, label: name }));
      },
      render: offering('agents', sources),
    },
  });
}

const words = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80);

function macros(sources: Sources) {
  const insert = (editor: Editor, range: Range, macro: Macro) => {
    editor.chain().focus().deleteRange(range).run();
    // Its text is filled in by the server; it comes to where the cursor is then.
    sources.onMacro(macro, (html) => editor.chain().focus().insertContent(html).run());
  };
  return Extension.create({
    name: 'macros',
    addProseMirrorPlugins() {
      return [
        Suggestion<Suggested>({
          editor: this.editor,
          char: '/',
          pluginKey: new PluginKey('macros'),
          startOfLine: false,
          items: ({ query }) =>
            matching(sources.macros(), query).map(({ id, name, html }) => ({
              id,
              label: name,
              detail: words(html),
            })),
          command: ({ editor, range, props }) => {
            const macro = sources.macros().find(({ id }) => id === props.id);
            if (macro) insert(editor, range, macro);
          },
          render: offering('macros', sources),
        }),
      ];
    },
  });
}

export function extensionsFor(sources: Sources) {
  return [
    StarterKit.configure({
      heading: false,
      hardBreak: false,
      horizontalRule: false,
      link: { openOnClick: false, autolink: true, defaultProtocol: 'https' },
    }),
    // Ctrl or Cmd with Enter sends; only Shift breaks the line.
    HardBreak.extend({
      addKeyboardShortcuts() {
        return { 'Shift-Enter': () => this.editor.commands.setHardBreak() };
      },
    }),
    Image.configure({ inline: true }),
    Placeholder.configure({ placeholder: sources.placeholder }),
    mention(sources),
    macros(sources),
  ];
}
