import type { Attachment } from '@evenkeel/api';
import { IconButton } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Paperclip, X } from 'lucide-react';
import { useFormat } from '../../../i18n';
import styles from './Composer.module.css';

interface FilesProps {
  files: readonly Attachment[];
  onRemove: (id: number) => void;
}

/** The files that go along. */
export function Files({ files, onRemove }: FilesProps) {
  const { fileSize } = useFormat();
  if (files.length === 0) return null;
  return (
    <ul className={styles.files} aria-label={t`Attachments`}>
      {files.map((file) => (
        <li key={file.id} className={styles.file}>
          <Paperclip size={14} aria-hidden />
          <span className={styles.fileName} dir="auto">
            {file.name}
          </span>
          <span className={styles.fileSize}>{fileSize(file.size)}</span>
          <IconButton
            size="s"
            label={t`Remove ${file.name}`}
            icon={<X size={14} aria-hidden />}
            onPress={() => onRemove(file.id)}
          />
        </li>
      ))}
    </ul>
  );
}
