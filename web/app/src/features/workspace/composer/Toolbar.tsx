import { Button, IconButton, PopoverPanel, TextField } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import type { Editor } from '@tiptap/core';
import { useEditorState } from '@tiptap/react';
import { Bold, Italic, Link as LinkIcon, List, ListOrdered, Quote, Smile } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { Toolbar as AriaToolbar } from 'react-aria-components/Toolbar';
import { EMOJI } from './emoji';
import styles from './Composer.module.css';

/** Formatting, one press each; arrows move between the buttons. */
export function Toolbar({ editor }: { editor: Editor }) {
  const on = useEditorState({
    editor,
    selector: ({ editor: it }) => ({
      bold: it.isActive('bold'),
      italic: it.isActive('italic'),
      bullets: it.isActive('bulletList'),
      numbers: it.isActive('orderedList'),
      quote: it.isActive('blockquote'),
      link: it.isActive('link'),
    }),
  });
  const icon = { size: 16, 'aria-hidden': true } as const;
  const chain = () => editor.chain().focus();
  return (
    <AriaToolbar aria-label={t`Formatting`} className={styles.toolbar}>
      <IconButton
        size="s"
        label={t`Bold`}
        keys="mod+b"
        isSelected={on.bold}
        icon={<Bold {...icon} />}
        onPress={() => chain().toggleBold().run()}
      />
      <IconButton
        size="s"
        label={t`Italic`}
        keys="mod+i"
        isSelected={on.italic}
        icon={<Italic {...icon} />}
        onPress={() => chain().toggleItalic().run()}
      />
      <IconButton
        size="s"
        label={t`List`}
        isSelected={on.bullets}
        icon={<List {...icon} />}
        onPress={() => chain().toggleBulletList().run()}
      />
      <IconButton
        size="s"
        label={t`Numbered list`}
        isSelected={on.numbers}
        icon={<ListOrdered {...icon} />}
        onPress={() => chain().toggleOrderedList().run()}
      />
      <IconButton
        size="s"
        label={t`Quote`}
        isSelected={on.quote}
        icon={<Quote {...icon} />}
        onPress={() => chain().toggleBlockquote().run()}
      />
      <LinkButton editor={editor} isOn={on.link} />
      <EmojiButton editor={editor} />
    </AriaToolbar>
  );
}

/** A web address as people type it, or null when it is none. */
function toUrl(text: string): string | null {
  const typed = text.trim();
  const full = /^(https?:|mailto:|tel:)/i.test(typed) ? typed : `https://${typed}`;
  return typed !== '' && URL.canParse(full) ? full : null;
}

function LinkButton({ editor, isOn }: { editor: Editor; isOn: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const [text, setText] = useState('');
  const url = toUrl(text);
  const open = (opens: boolean) => {
    if (opens) setText(String(editor.getAttributes('link').href ?? ''));
    setIsOpen(opens);
  };
  const keep = (event: FormEvent) => {
    event.preventDefault();
    if (!url) return;
    setIsOpen(false);
    const { empty } = editor.state.selection;
    const chain = editor.chain().focus();
    if (empty && !isOn) {
      chain
        .insertContent({
          type: 'text',
          text: text.trim(),
          marks: [{ type: 'link', attrs: { href: url } }],
        })
        .run();
    } else {
      chain.extendMarkRange('link').setLink({ href: url }).run();
    }
  };
  const remove = () => {
    setIsOpen(false);
    editor.chain().focus().extendMarkRange('link').unsetLink().run();
  };
  return (
    <PopoverPanel
      label={t`Link`}
      placement="top start"
      isOpen={isOpen}
      onOpenChange={open}
      trigger={
        <IconButton
          size="s"
          label={t`Link`}
          isSelected={isOn}
          icon={<LinkIcon size={16} aria-hidden />}
        />
      }
    >
      <form className={styles.linkForm} onSubmit={keep}>
        <TextField label={t`Web address`} value={text} onChange={setText} autoFocus />
        <div className={styles.linkActions}>
          {isOn && (
            <Button size="s" variant="quiet" onPress={remove}>
              {t`Remove the link`}
            </Button>
          )}
          <Button size="s" type="submit" variant="primary" isDisabled={url === null}>
            {t`Set the link`}
          </Button>
        </div>
      </form>
    </PopoverPanel>
  );
}

function EmojiButton({ editor }: { editor: Editor }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <PopoverPanel
      label={t`Emoji`}
      placement="top start"
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={<IconButton size="s" label={t`Emoji`} icon={<Smile size={16} aria-hidden />} />}
    >
      <div className={styles.emojiGrid}>
        {EMOJI.map((emoji) => (
          <Button
            key={emoji}
            variant="quiet"
            size="s"
            className={styles.emoji}
            onPress={() => {
              setIsOpen(false);
              editor.chain().focus().insertContent(emoji).run();
            }}
          >
            {emoji}
          </Button>
        ))}
      </div>
    </PopoverPanel>
  );
}
