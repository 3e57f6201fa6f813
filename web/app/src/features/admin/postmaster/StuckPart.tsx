import type { StuckJob, StuckRecord } from '@evenkeel/api';
import { Button, TextLink, toast } from '@evenkeel/kit';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useFormat, useNow } from '../../../i18n';
import { api } from '../../auth/client';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';
import styles from './Postmaster.module.css';
import { useJobWords, useReaderWords } from './stuckWords';

const KEY = [...KEYS.postmaster, 'stuck'];

/** Work that was given up, and records that wait in front of a broken reader. */
export function StuckPart() {
  const { t } = useLingui();
  const stuck = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.postmaster.stuck(signal),
    refetchInterval: 15_000,
  });
  return (
    <section className={styles.part} aria-label={t`Work that got stuck`}>
      <h2 className={styles.heading}>
        <Trans>Work that got stuck</Trans>
      </h2>
      <Loaded query={stuck}>
        {({ jobs, records }) =>
          jobs.length + records.length === 0 ? (
            <p className={styles.quiet}>
              <Trans>None. Everything we do in the background came to its end.</Trans>
            </p>
          ) : (
            <ul className={styles.list}>
              {jobs.map((job) => (
                <Job key={job.id} job={job} />
              ))}
              {byReader(records).map(([reader, [first, ...rest]]) => (
                <Records key={reader} first={first} more={rest.length} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

type Group = [reader: string, records: [StuckRecord, ...StuckRecord[]]];

function byReader(records: readonly StuckRecord[]): Group[] {
  const groups = new Map<string, [StuckRecord, ...StuckRecord[]]>();
  for (const record of records) {
    const group = groups.get(record.reader);
    if (group) group.push(record);
    else groups.set(record.reader, [record]);
  }
  return [...groups];
}

interface LineProps {
  title: string;
  ticketId: number | null;
  problem: string | null;
  at: string;
  children: ReactNode;
}

function Line({ title, ticketId, problem, at, children }: LineProps) {
  const format = useFormat();
  const now = useNow();
  return (
    <li className={styles.delivery}>
      <div className={styles.who}>
        <span className={styles.name}>{title}</span>
        {ticketId !== null && (
          <TextLink href={`/app/v/all/t/${ticketId}`}>
            <Trans>Ticket #{ticketId}</Trans>
          </TextLink>
        )}
        <span className={styles.quiet} title={format.exact(at)}>
          {format.relative(at, now)}
        </span>
      </div>
      {problem && (
        <p className={styles.reason} dir="auto">
          {problem}
        </p>
      )}
      {children}
    </li>
  );
}

function Job({ job }: { job: StuckJob }) {
  const words = useJobWords();
  const { t } = useLingui();
  const { attempts } = job;
  const retry = useSave((id: number) => api.postmaster.retryJob(id), {
    refreshes: [KEY],
    onSaved: () => void toast({ text: t`We’re trying it again.` }),
  });
  return (
    <Line
      title={words(job.kind)}
      ticketId={job.ticket_id}
      problem={job.problem}
      at={job.created_at}
    >
      <div className={styles.decisions}>
        <Button size="s" isPending={retry.isSaving} onPress={() => retry.save(job.id)}>
          <Trans>Try again</Trans>
        </Button>
        <span className={styles.quiet}>
          <Plural value={attempts} one="Tried once" other="Tried # times" />
        </span>
        <ProblemBanner error={retry.error} />
      </div>
    </Line>
  );
}

function Records({ first, more }: { first: StuckRecord; more: number }) {
  const words = useReaderWords();
  const { t } = useLingui();
  const retry = useSave((reader: string) => api.postmaster.retryParked(reader), {
    refreshes: [KEY],
    onSaved: ({ through }) =>
      void toast({
        text: through > 0 ? t`Done with ${through}.` : t`It still fails.`,
        tone: through > 0 ? 'good' : 'bad',
      }),
  });
  return (
    <Line
      title={words(first.reader)}
      ticketId={first.ticket_id}
      problem={first.problem}
      at={first.parked_at}
    >
      <div className={styles.decisions}>
        <Button size="s" isPending={retry.isSaving} onPress={() => retry.save(first.reader)}>
          <Trans>Try again</Trans>
        </Button>
        {more > 0 && (
          <span className={styles.quiet}>
            <Trans>{more} more like it</Trans>
          </span>
        )}
        <ProblemBanner error={retry.error} />
      </div>
    </Line>
  );
}
