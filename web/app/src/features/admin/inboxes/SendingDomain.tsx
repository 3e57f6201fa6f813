import type { DkimKey, DnsRecord, SendingDomain } from '@evenkeel/api';
import { Badge, Banner, Button, Switch, type Tone } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../auth/client';
import { CopyLine } from '../../forms/CopyLine';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import styles from './SendingDomain.module.css';

export const KEY = ['sending-domains'];

/** The signature of an inbox's domain, and the records it should publish. */
export function SendingDomainPart({ inboxId }: { inboxId: number }) {
  const domains = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.sendingDomains.list(signal),
  });
  return (
    <Loaded query={domains}>
      {({ items }) => {
        const domain = items.find((each) => each.inbox_ids.includes(inboxId));
        return domain ? <Domain domain={domain} /> : null;
      }}
    </Loaded>
  );
}

/** One domain: its keys, its records, and the check of what is published. */
export function Domain({ domain: listed }: { domain: SendingDomain }) {
  const { t } = useLingui();
  const [checked, setChecked] = useState<SendingDomain | null>(null);
  const name = listed.domain;
  const seen = (answer: SendingDomain) => setChecked(answer);
  const forget = () => setChecked(null);
  const checking = useSave(() => api.sendingDomains.check(name), {
    refreshes: [KEY],
    onSaved: seen,
  });
  const making = useSave(() => api.sendingDomains.createKeys(name), {
    refreshes: [KEY],
    onSaved: forget,
  });
  const insisting = useSave(
    ({ id, insisted }: { id: number; insisted: boolean }) =>
      api.sendingDomains.updateKey(name, id, insisted),
    { refreshes: [KEY], onSaved: forget },
  );
  const domain = checked ?? listed;
  const living = domain.keys.filter((key) => key.retired_at === null);
  const error = checking.error ?? making.error ?? insisting.error;
  return (
    <div className={styles.domain}>
      <ProblemBanner error={error} />
      <Banner
        tone={domain.signs ? 'good' : 'warn'}
        title={
          domain.signs ? t`Mail from ${name} is signed` : t`Mail from ${name} is not signed yet`
        }
      >
        {living.length === 0 ? (
          <Trans>Signed mail is trusted more. We make the keys; you publish two records.</Trans>
        ) : (
          <Trans>Publish the records below where your domain is kept, then check them here.</Trans>
        )}
      </Banner>
      <div className={styles.buttons}>
        <Button isPending={making.isSaving} onPress={() => making.save(undefined)}>
          {living.length === 0 ? <Trans>Make keys</Trans> : <Trans>Replace the keys</Trans>}
        </Button>
        <Button isPending={checking.isSaving} onPress={() => checking.save(undefined)}>
          <Trans>Check the records</Trans>
        </Button>
      </div>
      <ul className={styles.records} aria-label={t`Records of ${name}`}>
        {domain.records.map((record) => (
          <RecordItem
            key={`${record.purpose}-${record.key_id ?? record.name}`}
            record={record}
            signingKey={living.find((key) => key.id === record.key_id)}
            isBusy={insisting.isSaving}
            onInsist={(id, insisted) => insisting.save({ id, insisted })}
          />
        ))}
      </ul>
    </div>
  );
}

function usePublishedWords(): Record<DnsRecord['published'], { text: string; tone: Tone }> {
  const { t } = useLingui();
  return {
    unknown: { text: t`Not checked`, tone: 'neutral' },
    found: { text: t`Found`, tone: 'good' },
    missing: { text: t`Missing`, tone: 'warn' },
    differs: { text: t`Differs`, tone: 'bad' },
  };
}

function usePurposeWords(): Record<DnsRecord['purpose'], string> {
  const { t } = useLingui();
  return {
    dkim: t`Signature (DKIM)`,
    spf: t`Who may send (SPF)`,
    dmarc: t`What becomes of forgeries (DMARC)`,
    mx: t`Where answers go (MX)`,
  };
}

interface RecordProps {
  record: DnsRecord;
  signingKey: DkimKey | undefined;
  isBusy: boolean;
  onInsist: (id: number, insisted: boolean) => void;
}

function RecordItem({ record, signingKey, isBusy, onInsist }: RecordProps) {
  const published = usePublishedWords()[record.published];
  const purpose = usePurposeWords()[record.purpose];
  return (
    <li className={styles.record}>
      <div className={styles.head}>
        <h3 className={styles.name}>
          {purpose}
          {signingKey && <span className={styles.quiet}> {signingKey.algorithm}</span>}
        </h3>
        <Badge tone={published.tone}>{published.text}</Badge>
      </div>
      {record.problem && <p>{record.problem}</p>}
      {record.mend && <p className={styles.mend}>{record.mend}</p>}
      {record.found.length > 0 && record.published !== 'found' && (
        <p className={styles.quiet}>
          <Trans>Found:</Trans> <code>{record.found.join(' · ')}</code>
        </p>
      )}
      {record.value !== null && record.published !== 'found' && (
        <>
          <p className={styles.quiet}>
            <Trans>Name</Trans>
          </p>
          <CopyLine text={record.name} />
          <p className={styles.quiet}>
            <Trans>Text (TXT)</Trans>
          </p>
          <CopyLine text={record.value} />
          {record.zone_line !== null && record.strings.length > 1 && (
            <>
              <p className={styles.quiet}>
                <Trans>As a line of a zone file, cut where it has to be</Trans>
              </p>
              <CopyLine text={record.zone_line} />
            </>
          )}
        </>
      )}
      {signingKey && record.published !== 'found' && (
        <Insist signingKey={signingKey} isBusy={isBusy} onInsist={onInsist} />
      )}
    </li>
  );
}

function Insist({
  signingKey,
  isBusy,
  onInsist,
}: {
  signingKey: DkimKey;
  isBusy: boolean;
  onInsist: RecordProps['onInsist'];
}) {
  const { t } = useLingui();
  return (
    <Switch
      isSelected={signingKey.insisted}
      isDisabled={isBusy}
      onChange={(insisted) => onInsist(signingKey.id, insisted)}
      detail={t`Only if you are sure that it is published: a signature nobody can check does harm.`}
    >
      <Trans>Sign with it all the same</Trans>
    </Switch>
  );
}
