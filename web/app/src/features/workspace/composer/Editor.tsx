import type { Agent, Attachment, Macro } from '@evenkeel/api';
import { EditorContent, useEditor } from '@tiptap/react';
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react';
import { extensionsFor, type Suggesting } from './extensions';
import { Suggestions } from './Suggestions';
import { Toolbar } from './Toolbar';
import styles from './Composer.module.css';

export interface EditorHandle {
  focus: () => void;
}

interface EditorProps {
  ref: Ref<EditorHandle>;
  html: string;
  /** When it changes, `html` is shown anew. */
  revision: number;
  label: string;
  placeholder: string;
  /** Who can be mentioned; nobody in replies. */
  agents: readonly Agent[];
  macros: readonly Macro[];
  onMacro: (macro: Macro) => void;
  onChange: (html: string) => void;
  /** Uploads pasted or dropped images, to be shown in the text. */
  onImages: (files: readonly File[]) => Promise<Attachment[]>;
  onFiles: (files: readonly File[]) => void;
}

const isImage = (file: File) => /^image\/(png|jpe?g|gif|webp)$/.test(file.type);

/** The rich text field. A heavy part of its own, loaded when somebody writes. */
export function Editor(props: EditorProps) {
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const [suggesting, setSuggesting] = useState<Suggesting | null>(null);
  const suggestions = useRef<Suggesting | null>(null);
  const suggest = (next: Suggesting | null) => {
    suggestions.current = next;
    setSuggesting(next);
  };

  const takeFiles = (list: FileList | undefined): boolean => {
    const files = [...(list ?? [])];
    if (files.length === 0) return false;
    const images = files.filter(isImage);
    const others = files.filter((file) => !isImage(file));
    if (others.length > 0) latest.current.onFiles(others);
    if (images.length > 0) {
      void latest.current.onImages(images).then((added) => {
        for (const { url, name } of added) {
          editor.chain().focus().setImage({ src: url, alt: name }).run();
        }
      });
    }
    return true;
  };

  const [extensions] = useState(() =>
    extensionsFor({
      placeholder: () => latest.current.placeholder,
      agents: () => latest.current.agents,
      macros: () => latest.current.macros,
      onMacro: (macro) => latest.current.onMacro(macro),
      suggest,
      suggesting: () => suggestions.current,
    }),
  );
  const editor = useEditor({
    extensions,
    content: props.html,
    shouldRerenderOnTransaction: false,
    editorProps: {
      attributes: {
        'aria-label': props.label,
        'aria-multiline': 'true',
        role: 'textbox',
        dir: 'auto',
        class: styles.text ?? '',
      },
      handlePaste: (_view, event) => takeFiles(event.clipboardData?.files),
      handleDrop: (_view, event, _slice, moved) => !moved && takeFiles(event.dataTransfer?.files),
    },
    onUpdate: ({ editor: changed }) =>
      latest.current.onChange(changed.isEmpty ? '' : changed.getHTML()),
  });

  const { html, revision } = props;
  useEffect(() => {
    if (revision > 0) editor.commands.setContent(latest.current.html, { emitUpdate: false });
  }, [editor, revision]);
  useImperativeHandle(props.ref, () => ({ focus: () => editor.commands.focus('end') }), [editor]);

  return (
    <div className={styles.editor} data-empty={html === '' || undefined}>
      <EditorContent editor={editor} className={styles.content} />
      {suggesting && <Suggestions suggesting={suggesting} />}
      <Toolbar editor={editor} />
    </div>
  );
}
