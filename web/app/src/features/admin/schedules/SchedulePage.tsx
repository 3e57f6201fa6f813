import type { Holiday, Schedule, ScheduleUse, WeekHours } from '@evenkeel/api';
import { Button, Checkbox, EmptyState, FormSection, Page, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { SearchX } from 'lucide-react';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { api } from '../../auth/client';
import { Choices } from '../../forms/Choices';
import { Form, Row } from '../../forms/Form';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { LinkButton } from '../../layout/LinkButton';
import { KEYS, useInboxList, useScheduleList, useTeamList } from '../queries';
import { Holidays } from './Holidays';
import { DAYS, formatSpans, parseSpans } from './spans';
import { WeekEditor, type WeekText } from './WeekEditor';

/** One set of business hours: its week, its holidays, who keeps it. */
export function SchedulePage() {
  const { t } = useLingui();
  const { id } = useParams();
  const schedules = useScheduleList();
  return (
    <Loaded query={schedules}>
      {({ items }) => {
        const schedule = items.find((each) => String(each.id) === id);
        if (schedule || id === 'new') {
          return <ScheduleForm key={schedule?.version ?? 'new'} schedule={schedule ?? null} />;
        }
        return (
          <EmptyState
            icon={<SearchX size={22} />}
            title={t`These business hours don’t exist any more`}
            action={
              <LinkButton to="/app/admin/schedules">
                <Trans>All business hours</Trans>
              </LinkButton>
            }
          />
        );
      }}
    </Loaded>
  );
}

const OFFICE = '09:00–17:00';

function weekText(week: WeekHours | undefined): WeekText {
  const text = (day: (typeof DAYS)[number]) => {
    if (week) return formatSpans(week[day]);
    return day === 'saturday' || day === 'sunday' ? '' : OFFICE;
  };
  return Object.fromEntries(DAYS.map((day) => [day, text(day)])) as WeekText;
}

function parsedWeek(text: WeekText): WeekHours | null {
  const days = DAYS.map((day) => [day, parseSpans(text[day])] as const);
  if (days.some(([, spans]) => spans === null)) return null;
  return Object.fromEntries(days) as WeekHours;
}

function ScheduleForm({ schedule }: { schedule: Schedule | null }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [name, setName] = useState(schedule?.name ?? '');
  const [zone, setZone] = useState(
    schedule?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  );
  const [week, setWeek] = useState(() => weekText(schedule?.week));
  const [holidays, setHolidays] = useState<Holiday[]>(schedule?.holidays ?? []);
  const [usedBy, setUsedBy] = useState<ScheduleUse[]>(
    schedule?.used_by ?? [{ kind: 'workspace', id: 0 }],
  );
  const parsed = parsedWeek(week);
  const saving = useSave(
    () => {
      const hours = parsed ?? { ...emptyWeek };
      const input = { name: name.trim(), time_zone: zone, week: hours, holidays, used_by: usedBy };
      return schedule
        ? api.schedules.update(schedule.id, { version: schedule.version, ...input })
        : api.schedules.create(input);
    },
    {
      refreshes: [KEYS.schedules],
      onSaved: () => void navigate('/app/admin/schedules'),
    },
  );
  return (
    <Page title={schedule ? <bdi>{schedule.name}</bdi> : t`New business hours`}>
      <Form label={t`Business hours`} onSubmit={() => saving.save(undefined)}>
        <ProblemBanner error={saving.error} fields={['name', 'time_zone']} />
        <FormSection title={t`Name and place`}>
          <TextField
            label={t`Name`}
            value={name}
            onChange={setName}
            errorMessage={saving.words('name')}
            isRequired
          />
          <ZoneField value={zone} onChange={setZone} errorMessage={saving.words('time_zone')} />
        </FormSection>
        <FormSection
          title={t`Week`}
          description={
            <Trans>
              Type hours such as 9-12, 13-17. A span may go past midnight: 22-6. Leave a day empty
              when it is closed.
            </Trans>
          }
        >
          <WeekEditor week={week} onChange={setWeek} />
        </FormSection>
        <FormSection
          title={t`Holidays`}
          description={<Trans>Dates that are closed, or have other hours.</Trans>}
        >
          <Holidays holidays={holidays} onChange={setHolidays} />
        </FormSection>
        <FormSection
          title={t`Kept by`}
          description={
            <Trans>
              A ticket goes by the hours of its team, else of its inbox, else by those for everybody
              else.
            </Trans>
          }
        >
          <Users usedBy={usedBy} onChange={setUsedBy} />
        </FormSection>
        <Row>
          <Button
            type="submit"
            variant="primary"
            isPending={saving.isSaving}
            isDisabled={name.trim() === '' || parsed === null}
          >
            {schedule ? <Trans>Save</Trans> : <Trans>Create business hours</Trans>}
          </Button>
          <LinkButton to="/app/admin/schedules">
            <Trans>Cancel</Trans>
          </LinkButton>
        </Row>
      </Form>
    </Page>
  );
}

const emptyWeek: WeekHours = {
  monday: [],
  tuesday: [],
  wednesday: [],
  thursday: [],
  friday: [],
  saturday: [],
  sunday: [],
};

type ZoneFieldProps = {
  value: string;
  onChange: (zone: string) => void;
  errorMessage?: string | undefined;
};

function ZoneField({ value, onChange, errorMessage }: ZoneFieldProps) {
  const { t } = useLingui();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <>
      <TextField
        label={t`Time zone`}
        value={value}
        onChange={onChange}
        errorMessage={errorMessage}
        description={t`A name such as Europe/Madrid. Summer time is kept by itself.`}
        isRequired
      />
      {value !== here && (
        <Row>
          <Button size="s" onPress={() => onChange(here)}>
            <Trans>
              Use <bdi>{here}</bdi>
            </Trans>
          </Button>
        </Row>
      )}
    </>
  );
}

type UsersProps = { usedBy: readonly ScheduleUse[]; onChange: (usedBy: ScheduleUse[]) => void };

function Users({ usedBy, onChange }: UsersProps) {
  const { t } = useLingui();
  const teams = useTeamList().data?.items ?? [];
  const inboxes = useInboxList().data?.items ?? [];
  const choices = [
    { kind: 'workspace' as const, id: 0, name: t`Everybody else` },
    ...teams.map(({ id, name }) => ({ kind: 'team' as const, id, name: t`Team: ${name}` })),
    ...inboxes.map(({ id, name }) => ({ kind: 'inbox' as const, id, name: t`Inbox: ${name}` })),
  ];
  const same = (one: ScheduleUse, other: ScheduleUse) =>
    one.kind === other.kind && one.id === other.id;
  return (
    <Choices label={t`Who keeps these hours`}>
      {choices.map(({ name, ...use }) => (
        <Checkbox
          key={`${use.kind} ${use.id}`}
          isSelected={usedBy.some((each) => same(each, use))}
          onChange={(isSelected) =>
            onChange([...usedBy.filter((each) => !same(each, use)), ...(isSelected ? [use] : [])])
          }
        >
          <bdi>{name}</bdi>
        </Checkbox>
      ))}
    </Choices>
  );
}
