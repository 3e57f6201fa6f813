import type { FailureState, InboundFailure } from '@evenkeel/api';
import { Button, EmptyState, Page, Table, Tabs, toast, type Column } from '@evenkeel/kit';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { MailCheck } from 'lucide-react';
import { useState } from 'react';
import { useFormat, useNow } from '../../../i18n';
import { api } from '../../auth/client';
import { LoadedPages } from '../../forms/LoadedPages';
import { ProblemBanner } from '../../forms/problems';
import { usePages } from '../../forms/usePages';
import { useSave } from '../../forms/useSave';
import styles from '../Admin.module.css';
import { KEYS } from '../queries';
import { DiscardDialog } from './DiscardDialog';
import { MailPreview } from './MailPreview';

/** Mail that arrived and couldn't become a ticket. It is kept until a person decides. */
export function FailuresPage() {
  const { t } = useLingui();
  return (
    <Page
      title={t`Couldn’t process`}
      description={
        <Trans>
          Mail that reached us and couldn’t become a ticket. It is kept here, and it never holds up
          the mail behind it.
        </Trans>
      }
      wide
    >
      <Tabs
        label={t`Which mail`}
        tabs={[
          { id: 'failed', label: t`Waiting for you`, content: <Failures state="failed" /> },
          { id: 'discarded', label: t`Discarded`, content: <Failures state="discarded" /> },
        ]}
      />
    </Page>
  );
}

function Failures({ state }: { state: FailureState }) {
  const failures = usePages([...KEYS.failures, 'list', state], (paging, signal) =>
    api.failures.list({ ...paging, state }, signal),
  );
  return (
    <LoadedPages query={failures} empty={<Nothing state={state} />}>
      {(items) => <FailureTable failures={items} state={state} />}
    </LoadedPages>
  );
}

function Nothing({ state }: { state: FailureState }) {
  const { t } = useLingui();
  if (state === 'failed') {
    return (
      <EmptyState icon={<MailCheck size={22} />} title={t`All mail got through`}>
        <Trans>If one ever can’t be read, you find it here with the reason.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<MailCheck size={22} />} title={t`Nothing was discarded`}>
      <Trans>What is discarded stays here for 30 days and can be brought back.</Trans>
    </EmptyState>
  );
}

interface TableProps {
  failures: readonly InboundFailure[];
  state: FailureState;
}

function FailureTable({ failures, state }: TableProps) {
  const { t } = useLingui();
  const [shown, setShown] = useState<InboundFailure | null>(null);
  const [doomed, setDoomed] = useState<InboundFailure | null>(null);
  const retry = useSave((id: number) => api.failures.retry(id), {
    refreshes: [KEYS.failures],
    onSaved: () => void toast({ text: t`We’re trying this mail again.` }),
  });
  const columns = useColumns(state, {
    onView: setShown,
    onRetry: ({ id }) => retry.save(id),
    onDiscard: setDoomed,
  });
  return (
    <>
      <ProblemBanner error={retry.error} />
      <Table
        label={state === 'failed' ? t`Couldn’t process` : t`Discarded`}
        columns={columns}
        rows={failures}
        rowKey={({ id }) => id}
      />
      {shown && <MailPreview failure={shown} onClose={() => setShown(null)} />}
      {doomed && <DiscardDialog failure={doomed} onClose={() => setDoomed(null)} />}
    </>
  );
}

type RowAction = (failure: InboundFailure) => void;

interface RowActions {
  onView: RowAction;
  onRetry: RowAction;
  onDiscard: RowAction;
}

function useColumns(state: FailureState, actions: RowActions): Column<InboundFailure>[] {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  return [
    {
      id: 'mail',
      label: t`Mail`,
      cell: ({ subject, sender }) => (
        <>
          <bdi className={styles.name}>{subject || t`(no subject)`}</bdi>
          <div className={styles.detail}>
            <bdi>{sender || t`Sender unknown`}</bdi>
          </div>
        </>
      ),
    },
    { id: 'reason', label: t`Why`, cell: (failure) => <Why failure={failure} /> },
    {
      id: 'received',
      label: state === 'failed' ? t`Received` : t`Discarded`,
      cell: ({ received_at: received, discarded_at: discarded }) => {
        const at = discarded ?? received;
        return <span title={format.exact(at)}>{format.relative(at, now)}</span>;
      },
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (failure) => <Actions failure={failure} state={state} actions={actions} />,
    },
  ];
}

function Why({ failure }: { failure: InboundFailure }) {
  const format = useFormat();
  const { attempts } = failure;
  return (
    <div className={styles.reason}>
      <span dir="auto">{failure.discard_reason ?? failure.reason}</span>
      <div className={styles.detail}>
        {failure.kept_until ? (
          <Trans>Kept until {format.date(failure.kept_until)}</Trans>
        ) : (
          <Plural value={attempts} one="Tried once" other="Tried # times" />
        )}
      </div>
    </div>
  );
}

interface ActionsProps {
  failure: InboundFailure;
  state: FailureState;
  actions: RowActions;
}

function Actions({ failure, state, actions }: ActionsProps) {
  return (
    <span className={styles.actions}>
      {failure.has_copy && (
        <>
          <Button size="s" onPress={() => actions.onRetry(failure)}>
            {state === 'failed' ? <Trans>Try again</Trans> : <Trans>Bring back</Trans>}
          </Button>
          <Button size="s" variant="quiet" onPress={() => actions.onView(failure)}>
            <Trans>View</Trans>
          </Button>
        </>
      )}
      {state === 'failed' && (
        <Button size="s" variant="quiet" onPress={() => actions.onDiscard(failure)}>
          <Trans>Discard</Trans>
        </Button>
      )}
    </span>
  );
}
