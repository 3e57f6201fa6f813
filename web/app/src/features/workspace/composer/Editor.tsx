import type { Agent, Attachment, Macro } from '@evenkeel/api';
import { EditorContent, useEditor } from '@tiptap/react';
import { useEffect, useImperativeHandle, useState, type ReactNode, type Ref } from 'react';
import { linkEditor } from './editorLink';
import type { Suggesting } from './extensions';
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
  onMacro: (macro: Macro, insert: (html: string) => void) => void;
  onChange: (html: string) => void;
  /** Uploads pasted or dropped images, to be shown in the text. */
  onImages: (files: readonly File[]) => Promise<Attachment[]>;
  onFiles: (files: readonly File[]) => void;
  /** Stands between the text and the bar below it. */
  children?: ReactNode;
  /** Stands in the bar after the formatting. */
  bar?: ReactNode;
}

const isImage = (file: File) => /^image\/(png|jpe?g|gif|webp)$/.test(file.type);

/** The rich text field. A heavy part of its own, loaded when somebody writes. */
export function Editor({ ref, children, bar, ...props }: EditorProps) {
  const [suggesting, setSuggesting] = useState<Suggesting | null>(null);
  const [link] = useState(() => linkEditor(props, setSuggesting));
  useEffect(() => link.take(props));

  const takeFiles = (list: FileList | undefined): boolean => {
    const files = [...(list ?? [])];
    if (files.length === 0) return false;
    const images = files.filter(isImage);
    const others = files.filter((file) => !isImage(file));
    if (others.length > 0) link.latest().onFiles(others);
    if (images.length > 0) void showImages(images);
    return true;
  };
  const showImages = async (images: readonly File[]) => {
    for (const { url, name } of await link.latest().onImages(images)) {
      editor.chain().focus().setImage({ src: url, alt: name }).run();
    }
  };

  const editor = useEditor({
    extensions: link.extensions,
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
      link.latest().onChange(changed.isEmpty ? '' : changed.getHTML()),
  });

  const { html, revision } = props;
  useEffect(() => {
    if (revision > 0) editor.commands.setContent(link.latest().html, { emitUpdate: false });
  }, [editor, link, revision]);
  useImperativeHandle(ref, () => ({ focus: () => editor.commands.focus('end') }), [editor]);

  return (
    <div className={styles.editor} data-empty={html === '' || undefined}>
      <EditorContent editor={editor} className={styles.content} />
      {suggesting && <Suggestions suggesting={suggesting} />}
      {children}
      <div className={styles.bar}>
        <Toolbar editor={editor} />
        {bar}
      </div>
    </div>
  );
}
