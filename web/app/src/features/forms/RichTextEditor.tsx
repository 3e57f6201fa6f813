import { classes } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { EditorContent, useEditor, useEditorState, type Editor } from '@tiptap/react';
import StarterKit from '@tiptap/starter-kit';
import { Bold, Italic, List, ListOrdered } from 'lucide-react';
import type { ReactNode } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { Toolbar } from 'react-aria-components/Toolbar';
import styles from './RichText.module.css';

type RichTextEditorProps = {
  value: string;
  onChange: (html: string) => void;
  labelledBy: string;
  describedBy: string;
};

export default function RichTextEditor(props: RichTextEditorProps) {
  const editor = useEditor({
    extensions: [
      StarterKit.configure({
        heading: false,
        codeBlock: false,
        horizontalRule: false,
        link: { openOnClick: false, autolink: true },
      }),
    ],
    content: props.value,
    editorProps: {
      attributes: {
        class: styles.text ?? '',
        role: 'textbox',
        'aria-multiline': 'true',
        'aria-labelledby': props.labelledBy,
        'aria-describedby': props.describedBy,
        dir: 'auto',
      },
    },
    onUpdate: ({ editor: changed }) => props.onChange(changed.isEmpty ? '' : changed.getHTML()),
  });
  return (
    <div className={styles.frame}>
      <EditorContent editor={editor} />
      <Tools editor={editor} />
    </div>
  );
}

function Tools({ editor }: { editor: Editor }) {
  const { t } = useLingui();
  const active = useEditorState({
    editor,
    selector: ({ editor: now }) => ({
      bold: now.isActive('bold'),
      italic: now.isActive('italic'),
      bulletList: now.isActive('bulletList'),
      orderedList: now.isActive('orderedList'),
    }),
  });
  const tool = (
    name: keyof typeof active,
    label: string,
    icon: ReactNode,
    toggle: (chain: ReturnType<Editor['chain']>) => ReturnType<Editor['chain']>,
  ) => (
    <ToggleButton
      className={classes(styles.tool, active[name] && styles.on)}
      aria-label={label}
      isSelected={active[name]}
      onChange={() => toggle(editor.chain().focus()).run()}
    >
      {icon}
    </ToggleButton>
  );
  return (
    <Toolbar className={styles.tools} aria-label={t`Formatting`}>
      {tool('bold', t`Bold`, <Bold size={15} />, (chain) => chain.toggleBold())}
      {tool('italic', t`Italic`, <Italic size={15} />, (chain) => chain.toggleItalic())}
      {tool('bulletList', t`List`, <List size={15} />, (chain) => chain.toggleBulletList())}
      {tool('orderedList', t`Numbered list`, <ListOrdered size={15} />, (chain) =>
        chain.toggleOrderedList(),
      )}
    </Toolbar>
  );
}
