import type { AuditRecord } from '@evenkeel/api';
import { EmptyState, Page, Table, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { ScrollText } from 'lucide-react';
import { Link } from 'react-router';
import { useFormat } from '../../../i18n';
import { api } from '../../auth/client';
import { LoadedPages } from '../../forms/LoadedPages';
import { usePages } from '../../forms/usePages';
import styles from '../Admin.module.css';
import { KEYS } from '../queries';
import { useActorWords } from './actors';

/** Who did what and when, newest first. */
export function AuditPage() {
  const { t } = useLingui();
  const records = usePages(KEYS.audit, api.audit.list);
  return (
    <Page
      title={t`Audit trail`}
      description={<Trans>Every change, by whom and when. It can’t be edited.</Trans>}
      wide
    >
      <LoadedPages
        query={records}
        empty={
          <EmptyState icon={<ScrollText size={22} />} title={t`Nothing has happened yet`}>
            <Trans>The first change will be the first line here.</Trans>
          </EmptyState>
        }
      >
        {(items) => <AuditTable records={items} />}
      </LoadedPages>
    </Page>
  );
}

function AuditTable({ records }: { records: readonly AuditRecord[] }) {
  const { t } = useLingui();
  const format = useFormat();
  const actorWords = useActorWords();
  const columns: Column<AuditRecord>[] = [
    {
      id: 'at',
      label: t`When`,
      cell: ({ at }) => (
        <time dateTime={at} title={format.exact(at)} className={styles.nowrap}>
          {format.dateTime(at)}
        </time>
      ),
    },
    {
      id: 'actor',
      label: t`Who`,
      cell: ({ actor }) => <bdi className={styles.nowrap}>{actorWords(actor)}</bdi>,
    },
    { id: 'kind', label: t`What`, cell: ({ kind }) => <code className={styles.code}>{kind}</code> },
    { id: 'subject', label: t`On`, cell: (record) => <Subject record={record} /> },
    { id: 'changes', label: t`Changes`, cell: ({ changes }) => <ChangeList changes={changes} /> },
    {
      id: 'position',
      label: t`No.`,
      align: 'end',
      cell: ({ position }) => <span className={styles.detail}>{format.number(position)}</span>,
    },
  ];
  return (
    <Table
      label={t`Audit trail`}
      columns={columns}
      rows={records}
      rowKey={({ position }) => position}
    />
  );
}

function Subject({ record }: { record: AuditRecord }) {
  const actorWords = useActorWords();
  if (record.ticket_id !== null) {
    return (
      <Link to={`/app/t/${record.ticket_id}`}>
        <Trans>Ticket {record.ticket_id}</Trans>
      </Link>
    );
  }
  if (record.customer_id !== null) return <Trans>Customer {record.customer_id}</Trans>;
  if (record.agent_id === null) return '–';
  return <bdi className={styles.nowrap}>{actorWords({ type: 'agent', id: record.agent_id })}</bdi>;
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Before and after where the record holds both. */
function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value;
}

function ChangeList({ changes }: Pick<AuditRecord, 'changes'>) {
  const entries = Object.entries(changes).filter(([, value]) => value !== null);
  if (entries.length === 0) return '–';
  return (
    <ul className={styles.changes}>
      {entries.map(([field, value]) => (
        <li key={field}>
          <span className={styles.detail}>{field}</span>{' '}
          {isChange(value) ? (
            <bdi>
              <del className={styles.detail}>{shown(value.from)}</del> <ins>{shown(value.to)}</ins>
            </bdi>
          ) : (
            <bdi>{shown(value)}</bdi>
          )}
        </li>
      ))}
    </ul>
  );
}
