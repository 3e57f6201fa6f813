import type { Attachment } from '@evenkeel/api';
import { IconButton } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import {
  Eraser,
  File,
  FileArchive,
  FileText,
  Image as ImageIcon,
  type LucideIcon,
} from 'lucide-react';
import { useFormat } from '../../../i18n';
import styles from './Message.module.css';

function iconFor(type: string): LucideIcon {
  if (type.startsWith('image/')) return ImageIcon;
  if (type.startsWith('text/') || type === 'application/pdf') return FileText;
  if (/zip|tar|compressed/.test(type)) return FileArchive;
  return File;
}

interface AttachmentsProps {
  files: readonly Attachment[];
  onRedact?: (file: Attachment) => void;
}

/** The files of a message, each a download. */
export function Attachments({ files, onRedact }: AttachmentsProps) {
  const { fileSize } = useFormat();
  return (
    <ul className={styles.files} aria-label={t`Attachments`}>
      {files.map((file) => {
        const Icon = iconFor(file.content_type);
        if (file.redacted) {
          return (
            <li key={file.id} className={styles.file} data-redacted>
              <Eraser size={16} aria-hidden />
              {t`A file was redacted`}
            </li>
          );
        }
        return (
          <li key={file.id} className={styles.file}>
            <a href={file.url} download={file.name}>
              <Icon size={16} aria-hidden />
              <span className={styles.fileName} dir="auto">
                {file.name}
              </span>
              <span className={styles.fileSize}>{fileSize(file.size)}</span>
            </a>
            {onRedact && (
              <IconButton
                size="s"
                label={t`Redact ${file.name}`}
                icon={<Eraser size={14} aria-hidden />}
                onPress={() => onRedact(file)}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}
