import type { Attachment } from '@evenkeel/api';
import { Button, toast } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { Paperclip } from 'lucide-react';
import { useRef, useState } from 'react';
import { api } from '../../auth/client';
import { Files } from '../../workspace/composer/Files';

interface MacroFilesProps {
  files: readonly Attachment[];
  onChange: (files: readonly Attachment[]) => void;
}

/** The files that go with every reply written with the macro. */
export function MacroFiles({ files, onChange }: MacroFilesProps) {
  const { t } = useLingui();
  const input = useRef<HTMLInputElement>(null);
  const [isBusy, setIsBusy] = useState(false);
  const add = async (chosen: FileList | null) => {
    setIsBusy(true);
    const added: Attachment[] = [];
    for (const file of chosen ?? []) {
      try {
        added.push(await api.uploads.create(file));
      } catch {
        void toast({ tone: 'bad', text: t`${file.name} didn't upload. Please try again.` });
      }
    }
    setIsBusy(false);
    onChange([...files, ...added]);
  };
  return (
    <div>
      <Files files={files} onRemove={(id) => onChange(files.filter((file) => file.id !== id))} />
      <Button
        size="s"
        variant="quiet"
        isPending={isBusy}
        icon={<Paperclip size={15} aria-hidden />}
        onPress={() => input.current?.click()}
      >
        {t`Attach files`}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          void add(event.target.files);
          event.target.value = '';
        }}
      />
    </div>
  );
}
