import type { SlaPolicy } from '@evenkeel/api';
import { Badge, Button, EmptyState, IconButton, Page, Table, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { ArrowDown, ArrowUp, Timer } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useFormat } from '../../../i18n';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { LinkButton } from '../../layout/LinkButton';
import { metricLabel } from '../../sla/words';
import styles from '../Admin.module.css';
import { KEYS, useSlaPolicyList } from '../queries';
import { RowActions } from '../RowActions';
import { promisesOf, templates } from './promises';
import own from './Sla.module.css';

/** What customers are promised: policies, the first one that fits a ticket counts. */
export function SlaPage() {
  const { t } = useLingui();
  const policies = useSlaPolicyList();
  const [doomed, setDoomed] = useState<SlaPolicy | null>(null);
  const newButton = (
    <LinkButton variant="primary" to="/app/admin/sla/new">
      <Trans>New policy</Trans>
    </LinkButton>
  );
  return (
    <Page
      title={t`SLA policies`}
      description={
        <Trans>
          How soon tickets are answered and solved. The first policy that fits a ticket counts.
        </Trans>
      }
      actions={newButton}
    >
      <Loaded query={policies}>
        {({ items }) => (
          <>
            {items.length === 0 && (
              <EmptyState icon={<Timer size={22} />} title={t`Nothing is promised yet`}>
                <Trans>Begin with one of the templates below, or from scratch.</Trans>
              </EmptyState>
            )}
            {items.length > 0 && <PolicyTable policies={items} onDelete={setDoomed} />}
            <Templates />
          </>
        )}
      </Loaded>
      {doomed && <DeletePolicy policy={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

type PolicyTableProps = { policies: readonly SlaPolicy[]; onDelete: (policy: SlaPolicy) => void };

function PolicyTable({ policies, onDelete }: PolicyTableProps) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const format = useFormat();
  const ordering = useSave((ids: number[]) => api.slaPolicies.order(ids), {
    refreshes: [KEYS.slaPolicies],
  });
  const move = (policy: SlaPolicy, by: number) => {
    const ids = policies.map(({ id }) => id);
    const from = ids.indexOf(policy.id);
    ids.splice(from, 1);
    ids.splice(from + by, 0, policy.id);
    ordering.save(ids);
  };
  const columns: Column<SlaPolicy>[] = [
    {
      id: 'order',
      label: t`Order`,
      cell: (policy) => (
        <span className={styles.actions}>
          <IconButton
            size="s"
            label={t`Move ${policy.name} up`}
            icon={<ArrowUp size={15} aria-hidden />}
            isDisabled={ordering.isSaving || policies[0]?.id === policy.id}
            onPress={() => move(policy, -1)}
          />
          <IconButton
            size="s"
            label={t`Move ${policy.name} down`}
            icon={<ArrowDown size={15} aria-hidden />}
            isDisabled={ordering.isSaving || policies.at(-1)?.id === policy.id}
            onPress={() => move(policy, 1)}
          />
        </span>
      ),
    },
    {
      id: 'name',
      label: t`Name`,
      cell: ({ name, enabled }) => (
        <span>
          <bdi className={styles.name}>{name}</bdi> {!enabled && <Badge>{t`Off`}</Badge>}
        </span>
      ),
    },
    {
      id: 'promises',
      label: t`Promises`,
      cell: ({ targets }) =>
        format.list(promisesOf(targets).map(({ metric }) => metricLabel(metric))),
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (policy) => (
        <RowActions
          name={policy.name}
          onEdit={() => void navigate(`/app/admin/sla/${policy.id}`)}
          onDelete={() => onDelete(policy)}
        />
      ),
    },
  ];
  return (
    <>
      <ProblemBanner error={ordering.error} />
      <Table label={t`SLA policies`} columns={columns} rows={policies} rowKey={({ id }) => id} />
    </>
  );
}

function Templates() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const creation = useSave(api.slaPolicies.create, {
    refreshes: [KEYS.slaPolicies],
    onSaved: ({ id }) => void navigate(`/app/admin/sla/${id}`),
  });
  return (
    <section aria-label={t`Templates`}>
      <h2 className={styles.heading}>
        <Trans>Templates</Trans>
      </h2>
      <ProblemBanner error={creation.error} />
      <ul className={own.templates}>
        {templates().map(({ id, title, detail, input }) => (
          <li key={id}>
            <span>
              <span className={styles.name}>{title}</span>
              <br />
              {detail}
            </span>
            <Button
              size="s"
              aria-label={t`Use the template ${title}`}
              isDisabled={creation.isSaving}
              // It is made switched off, so that nothing is promised before it was looked at.
              onPress={() => creation.save({ ...input(), enabled: false })}
            >
              <Trans>Use</Trans>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function DeletePolicy({ policy, onClose }: { policy: SlaPolicy; onClose: () => void }) {
  const { t } = useLingui();
  const removal = useSave((id: number) => api.slaPolicies.delete(id), {
    refreshes: [KEYS.slaPolicies],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Delete “${policy.name}”?`}
      action={t`Delete policy`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(policy.id)}
      onClose={onClose}
    >
      <Trans>
        Its clocks end, and its tickets go by the next policy that fits. What was kept or missed by
        now stays on record.
      </Trans>
    </ConfirmDialog>
  );
}
