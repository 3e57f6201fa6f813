import type { Attachment } from '@evenkeel/api';
import { toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useRef } from 'react';
import { api } from '../../../session';
import { useMacros } from '../../../store';
import { Editor, type EditorHandle } from '../composer/Editor';

interface PlainEditorProps {
  label: string;
  onChange: (html: string) => void;
  /** Takes files that are not images; refused without it. */
  onFiles?: (files: readonly File[]) => void;
}

/** The rich text field for a dialog: images in the text, macros, no draft on the server. */
export default function PlainEditor({ label, onChange, onFiles }: PlainEditorProps) {
  const editor = useRef<EditorHandle>(null);
  const macros = useMacros();
  const upload = async (files: readonly File[]): Promise<Attachment[]> => {
    try {
      return await Promise.all(files.map((file) => api.uploads.create(file)));
    } catch {
      toast({ tone: 'bad', text: t`The image didn't upload. Please try again.` });
      return [];
    }
  };
  return (
    <Editor
      ref={editor}
      html=""
      revision={0}
      label={label}
      placeholder={t`Write here…`}
      agents={[]}
      macros={macros}
      onMacro={() => undefined}
      onChange={onChange}
      onImages={upload}
      onFiles={(files) =>
        onFiles ? onFiles(files) : toast({ text: t`Files can't be added here, only images.` })
      }
    />
  );
}
