import type { Schedule, ScheduleUse } from '@evenkeel/api';
import { EmptyState, Page, Table, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { CalendarClock } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useFormat, useLanguage } from '../../../i18n';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { Loaded } from '../../forms/Loaded';
import { useSave } from '../../forms/useSave';
import { LinkButton } from '../../layout/LinkButton';
import { duration } from '../../sla/words';
import styles from '../Admin.module.css';
import { KEYS, useInboxList, useScheduleList, useTeamList } from '../queries';
import { RowActions } from '../RowActions';
import { DAYS, openMinutes } from './spans';

/** Business hours: what counts as working time, for whom. */
export function SchedulesPage() {
  const { t } = useLingui();
  const schedules = useScheduleList();
  const [doomed, setDoomed] = useState<Schedule | null>(null);
  const newButton = (
    <LinkButton variant="primary" to="/app/admin/schedules/new">
      <Trans>New business hours</Trans>
    </LinkButton>
  );
  return (
    <Page
      title={t`Business hours`}
      description={
        <Trans>
          When your people work. Promises by business hours stand still outside of them.
        </Trans>
      }
      actions={schedules.data?.items.length ? newButton : undefined}
    >
      <Loaded query={schedules}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<CalendarClock size={22} />}
              title={t`No business hours yet`}
              action={newButton}
            >
              <Trans>Without them all time counts, nights and weekends too.</Trans>
            </EmptyState>
          ) : (
            <ScheduleTable schedules={items} onDelete={setDoomed} />
          )
        }
      </Loaded>
      {doomed && <DeleteSchedule schedule={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

type ScheduleTableProps = {
  schedules: readonly Schedule[];
  onDelete: (schedule: Schedule) => void;
};

function ScheduleTable({ schedules, onDelete }: ScheduleTableProps) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const language = useLanguage();
  const usedBy = useUsers();
  const format = useFormat();
  const columns: Column<Schedule>[] = [
    { id: 'name', label: t`Name`, cell: ({ name }) => <bdi className={styles.name}>{name}</bdi> },
    { id: 'zone', label: t`Time zone`, cell: ({ time_zone }) => <bdi>{time_zone}</bdi> },
    {
      id: 'week',
      label: t`Hours a week`,
      cell: ({ week }) =>
        duration(
          language,
          DAYS.reduce((sum, day) => sum + openMinutes(week[day]), 0),
        ),
    },
    {
      id: 'uses',
      label: t`Kept by`,
      cell: ({ used_by }) => <bdi>{format.list(used_by.map(usedBy))}</bdi>,
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (schedule) => (
        <RowActions
          name={schedule.name}
          onEdit={() => void navigate(`/app/admin/schedules/${schedule.id}`)}
          onDelete={() => onDelete(schedule)}
        />
      ),
    },
  ];
  return (
    <Table label={t`Business hours`} columns={columns} rows={schedules} rowKey={({ id }) => id} />
  );
}

/** The name of whoever keeps a schedule's hours. */
export function useUsers(): (used: ScheduleUse) => string {
  const { t } = useLingui();
  const teams = useTeamList().data?.items ?? [];
  const inboxes = useInboxList().data?.items ?? [];
  return ({ kind, id }) => {
    if (kind === 'workspace') return t`everybody else`;
    const named = kind === 'team' ? teams : kind === 'inbox' ? inboxes : [];
    return named.find((each) => each.id === id)?.name ?? t`a brand`;
  };
}

function DeleteSchedule({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const { t } = useLingui();
  const removal = useSave((id: number) => api.schedules.delete(id), {
    refreshes: [KEYS.schedules],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Delete “${schedule.name}”?`}
      action={t`Delete business hours`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(schedule.id)}
      onClose={onClose}
    >
      <Trans>Whoever keeps these hours goes by those for everybody else from now on.</Trans>
    </ConfirmDialog>
  );
}
