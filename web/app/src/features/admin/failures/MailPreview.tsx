import type { FailurePreview, InboundFailure } from '@evenkeel/api';
import { Banner, Button, Dialog } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useFormat } from '../../../i18n';
import { api } from '../../auth/client';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import styles from '../Admin.module.css';

function keep(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'message/rfc822' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}

/** What a mail says, as text only: nothing in it runs, and nothing is loaded from elsewhere. */
export function MailPreview({
  failure,
  onClose,
}: {
  failure: InboundFailure;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const preview = useQuery({
    queryKey: ['failures', failure.id, 'preview'],
    queryFn: ({ signal }) => api.failures.preview(failure.id, signal),
  });
  const saving = useSave(() => api.failures.raw(failure.id), {
    onSaved: (text) => keep(text, `mail-${failure.id}.eml`),
  });
  return (
    <Dialog
      title={failure.subject || t`(no subject)`}
      closeLabel={t`Close`}
      isOpen
      size="l"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={
        <Button isPending={saving.isSaving} onPress={() => saving.save(undefined)}>
          <Trans>Save as a file</Trans>
        </Button>
      }
    >
      <ProblemBanner error={saving.error} />
      <Loaded query={preview}>{(loaded) => <Shown preview={loaded} />}</Loaded>
    </Dialog>
  );
}

function Shown({ preview }: { preview: FailurePreview }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <div className={styles.preview}>
      {!preview.readable && (
        <Banner tone="info" title={t`This can’t be read as a mail; you see it as it came.`} />
      )}
      <dl className={styles.headers} tabIndex={0} aria-label={t`Headers`}>
        {preview.headers.map(({ name, value }, index) => (
          <div key={index}>
            <dt>{name || '–'}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      {preview.more_headers && (
        <p className={styles.detail}>
          <Trans>There are more headers; the file has all of them.</Trans>
        </p>
      )}
      <pre className={styles.raw} tabIndex={0} aria-label={t`Text`} dir="auto">
        {preview.text}
      </pre>
      {preview.more_text && (
        <p className={styles.detail}>
          <Trans>This is the beginning; the file has all of it.</Trans>
        </p>
      )}
      {preview.files.length > 0 && (
        <ul aria-label={t`Files`}>
          {preview.files.map(({ name, content_type: type, size }, index) => (
            <li key={index} className={styles.detail}>
              <bdi>{name}</bdi> · {type} · {format.fileSize(size)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
