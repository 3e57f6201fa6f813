import type { Rule } from '@evenkeel/api';
import {
  Badge,
  Button,
  EmptyState,
  IconButton,
  Page,
  Switch,
  Table,
  type Column,
} from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { ArrowDown, ArrowUp, Workflow } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useFormat } from '../../../i18n';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import adminStyles from '../Admin.module.css';
import { KEYS, useRuleList } from '../queries';
import { RowActions } from '../RowActions';
import styles from './Rules.module.css';
import { whenWords } from './words';

/** Rules: what the desk does by itself, in order. */
export function RulesPage() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const rules = useRuleList();
  const [doomed, setDoomed] = useState<Rule | null>(null);
  const newButton = (
    <Button variant="primary" onPress={() => void navigate('/app/admin/rules/new')}>
      <Trans>New rule</Trans>
    </Button>
  );
  return (
    <Page
      wide
      title={t`Rules`}
      description={
        <Trans>
          When something happens, or a time has passed, and a ticket is like this, then do that.
          Rules run from top to bottom, and every ticket says which rule did what and why.
        </Trans>
      }
      actions={rules.data?.items.length ? newButton : undefined}
    >
      <Loaded query={rules}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<Workflow size={22} />} title={t`No rules yet`} action={newButton}>
              <Trans>Start with what somebody does by hand every morning.</Trans>
            </EmptyState>
          ) : (
            <RuleTable rules={items} onDelete={setDoomed} />
          )
        }
      </Loaded>
      {doomed && <DeleteRule rule={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

function RuleTable({
  rules,
  onDelete,
}: {
  rules: readonly Rule[];
  onDelete: (rule: Rule) => void;
}) {
  const { t } = useLingui();
  const format = useFormat();
  const navigate = useNavigate();
  const ordering = useSave((ids: number[]) => api.rules.order({ ids }), {
    refreshes: [KEYS.rules],
  });
  const switching = useSave(
    ({ id, version, enabled }: Rule) => api.rules.update(id, { version, enabled: !enabled }),
    { refreshes: [KEYS.rules] },
  );
  const move = (rule: Rule, by: -1 | 1) => {
    const ids = rules.map(({ id }) => id);
    const at = ids.indexOf(rule.id);
    ids.splice(at, 1);
    ids.splice(at + by, 0, rule.id);
    ordering.save(ids);
  };
  const columns: Column<Rule>[] = [
    {
      id: 'order',
      label: t`Order`,
      cell: (rule) => (
        <span className={styles.order}>
          <IconButton
            label={t`Move ${rule.name} up`}
            icon={<ArrowUp size={15} aria-hidden />}
            isDisabled={rule.id === rules[0]?.id || ordering.isSaving}
            onPress={() => move(rule, -1)}
          />
          <IconButton
            label={t`Move ${rule.name} down`}
            icon={<ArrowDown size={15} aria-hidden />}
            isDisabled={rule.id === rules.at(-1)?.id || ordering.isSaving}
            onPress={() => move(rule, 1)}
          />
        </span>
      ),
    },
    {
      id: 'name',
      label: t`Rule`,
      cell: (rule) => (
        <>
          <Link to={`/app/admin/rules/${rule.id}`} className={adminStyles.name}>
            <bdi>{rule.name}</bdi>
          </Link>
          <div className={adminStyles.detail}>{whenWords(rule.definition)}</div>
        </>
      ),
    },
    {
      id: 'runs',
      label: t`Runs`,
      cell: (rule) => (
        <>
          {format.number(rule.runs)}
          {rule.last_run_at && (
            <div className={adminStyles.detail}>{format.dateTime(rule.last_run_at)}</div>
          )}
          {rule.switched_off && <Badge tone="warn">{t`Switched off: it kept failing`}</Badge>}
          {!rule.switched_off && rule.failures_in_row > 0 && (
            <Badge tone="warn">{t`Failing`}</Badge>
          )}
        </>
      ),
    },
    {
      id: 'on',
      label: t`On`,
      cell: (rule) => (
        <Switch
          aria-label={t`Run ${rule.name}`}
          isSelected={rule.enabled}
          isDisabled={switching.isSaving}
          onChange={() => switching.save(rule)}
        >
          {rule.enabled ? t`On` : t`Off`}
        </Switch>
      ),
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (rule) => (
        <RowActions
          name={rule.name}
          onEdit={() => void navigate(`/app/admin/rules/${rule.id}`)}
          onDelete={() => onDelete(rule)}
        />
      ),
    },
  ];
  return (
    <>
      <ProblemBanner error={ordering.error ?? switching.error} />
      <Table label={t`Rules`} columns={columns} rows={rules} rowKey={({ id }) => id} />
    </>
  );
}

function DeleteRule({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const { t } = useLingui();
  const removal = useSave((id: number) => api.rules.delete(id), {
    refreshes: [KEYS.rules],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Delete “${rule.name}”?`}
      action={t`Delete rule`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(rule.id)}
      onClose={onClose}
    >
      <Trans>What it did so far stays, and stays written down.</Trans>
    </ConfirmDialog>
  );
}
