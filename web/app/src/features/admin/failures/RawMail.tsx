import type { InboundFailure } from '@evenkeel/api';
import { Button, Dialog } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../auth/client';
import { Loaded } from '../../forms/Loaded';
import styles from '../Admin.module.css';

/** Characters shown of a mail; the file has all of it. */
const SHOWN_MAX = 100_000;

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'message/rfc822' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}

/** The mail as it arrived, to read or to keep. */
export function RawMail({ failure, onClose }: { failure: InboundFailure; onClose: () => void }) {
  const { t } = useLingui();
  const raw = useQuery({
    queryKey: ['failures', failure.id, 'raw'],
    queryFn: ({ signal }) => api.failures.raw(failure.id, signal),
  });
  return (
    <Dialog
      title={failure.subject || t`(no subject)`}
      closeLabel={t`Close`}
      isOpen
      size="l"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={
        <Button
          isDisabled={raw.data === undefined}
          onPress={() => save(raw.data ?? '', `mail-${failure.id}.eml`)}
        >
          <Trans>Save as a file</Trans>
        </Button>
      }
    >
      <Loaded query={raw}>
        {(text) => (
          <pre className={styles.raw} tabIndex={0}>
            {text.slice(0, SHOWN_MAX)}
          </pre>
        )}
      </Loaded>
    </Dialog>
  );
}
