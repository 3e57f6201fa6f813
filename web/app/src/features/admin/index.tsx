/** Setting up the desk. Mounted at /app/admin/*; each area asks for its own ability. */
import type { Ability } from '@evenkeel/api';
import { EmptyState } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { Sections } from '../layout/Sections';
import { AbuseTextsPage } from './abuse/AbuseTextsPage';
import { AgentsPage } from './agents/AgentsPage';
import { AuditPage } from './audit/AuditPage';
import { FailuresPage } from './failures/FailuresPage';
import { FieldsPage } from './fields/FieldsPage';
import { FormsPage } from './fields/FormsPage';
import { InboxPage } from './inboxes/InboxPage';
import { InboxesPage } from './inboxes/InboxesPage';
import { ConnectedPage } from './inboxes/ConnectedPage';
import { NewInboxPage } from './inboxes/NewInboxPage';
import { MacrosPage } from './macros/MacrosPage';
import { PostmasterPage } from './postmaster/PostmasterPage';
import { KEYS } from './queries';
import { RoutingPage } from './routing/RoutingPage';
import { SchedulePage } from './schedules/SchedulePage';
import { SchedulesPage } from './schedules/SchedulesPage';
import { SlaPage } from './sla/SlaPage';
import { SlaPolicyPage } from './sla/SlaPolicyPage';
import { SurveysPage } from './surveys/SurveysPage';
import { RulePage } from './rules/RulePage';
import { RulesPage } from './rules/RulesPage';
import { TagsPage } from './tags/TagsPage';
import { ChecklistsPage } from './together/ChecklistsPage';
import { EscalationsPage } from './together/EscalationsPage';
import { TeamsPage } from './teams/TeamsPage';
import { WebhooksPage } from './webhooks/WebhooksPage';

type Area = { path: string; label: ReactNode; ability: Ability; count?: number | undefined };

function useAreas(): { id: string; title: ReactNode; areas: Area[] }[] {
  const failures = useFailureCount();
  return [
    {
      id: 'mail',
      title: <Trans>Mail</Trans>,
      areas: [
        { path: 'inboxes', label: <Trans>Inboxes</Trans>, ability: 'inbox.manage' },
        { path: 'postmaster', label: <Trans>Mail flow</Trans>, ability: 'inbox.manage' },
        {
          path: 'failures',
          label: <Trans>Couldn’t process</Trans>,
          ability: 'failure.manage',
          count: failures,
        },
      ],
    },
    {
      id: 'people',
      title: <Trans>People</Trans>,
      areas: [
        { path: 'agents', label: <Trans>Agents</Trans>, ability: 'agent.manage' },
        { path: 'teams', label: <Trans>Teams</Trans>, ability: 'team.manage' },
        { path: 'routing', label: <Trans>Routing</Trans>, ability: 'desk.manage' },
      ],
    },
    {
      id: 'answering',
      title: <Trans>Answering</Trans>,
      areas: [
        { path: 'macros', label: <Trans>Macros</Trans>, ability: 'macro.manage' },
        { path: 'tags', label: <Trans>Tags</Trans>, ability: 'tag.manage' },
        { path: 'schedules', label: <Trans>Business hours</Trans>, ability: 'desk.manage' },
        { path: 'sla', label: <Trans>SLA policies</Trans>, ability: 'desk.manage' },
        { path: 'surveys', label: <Trans>Surveys</Trans>, ability: 'desk.manage' },
        { path: 'abuse', label: <Trans>Protection from abuse</Trans>, ability: 'desk.manage' },
      ],
    },
    {
      id: 'tickets',
      title: <Trans>Tickets</Trans>,
      areas: [
        { path: 'fields', label: <Trans>Fields</Trans>, ability: 'desk.manage' },
        { path: 'forms', label: <Trans>Forms</Trans>, ability: 'desk.manage' },
        { path: 'escalations', label: <Trans>Escalations</Trans>, ability: 'desk.manage' },
        { path: 'checklists', label: <Trans>Checklists</Trans>, ability: 'desk.manage' },
      ],
    },
    {
      id: 'automation',
      title: <Trans>By itself</Trans>,
      areas: [
        { path: 'rules', label: <Trans>Rules</Trans>, ability: 'desk.manage' },
        { path: 'webhooks', label: <Trans>Webhooks</Trans>, ability: 'desk.manage' },
      ],
    },
    {
      id: 'trust',
      title: <Trans>Trust</Trans>,
      areas: [{ path: 'audit', label: <Trans>Audit trail</Trans>, ability: 'audit.read' }],
    },
  ];
}

/** How many mails wait for a person; only asked for by those who may look after them. */
function useFailureCount(): number | undefined {
  const { can } = useSession();
  const failures = useQuery({
    queryKey: [...KEYS.failures, 'count'],
    queryFn: ({ signal }) => api.failures.list({ limit: 100 }, signal),
    enabled: can('failure.manage'),
  });
  return failures.data?.items.length;
}

export default function Admin() {
  const { t } = useLingui();
  const { can } = useSession();
  const groups = useAreas()
    .map(({ id, title, areas }) => ({
      id,
      title,
      links: areas
        .filter(({ ability }) => can(ability))
        .map(({ path, label, count }) => ({ to: `/app/admin/${path}`, label, count })),
    }))
    .filter(({ links }) => links.length > 0);
  const first = groups[0]?.links[0]?.to;
  if (!first) {
    return (
      <EmptyState icon={<Lock size={22} />} title={t`This is for admins`}>
        <Trans>Your role has nothing to set up here. If it should, ask an admin.</Trans>
      </EmptyState>
    );
  }
  const guard = (ability: Ability, page: ReactNode) =>
    can(ability) ? page : <Navigate to={first} replace />;
  return (
    <Sections label={t`Administration`} groups={groups}>
      <Routes>
        <Route path="inboxes" element={guard('inbox.manage', <InboxesPage />)} />
        <Route path="inboxes/connected" element={guard('inbox.manage', <ConnectedPage />)} />
        <Route path="inboxes/new" element={guard('inbox.manage', <NewInboxPage />)} />
        <Route path="inboxes/:id" element={guard('inbox.manage', <InboxPage />)} />
        <Route path="postmaster" element={guard('inbox.manage', <PostmasterPage />)} />
        <Route path="failures" element={guard('failure.manage', <FailuresPage />)} />
        <Route path="agents" element={guard('agent.manage', <AgentsPage />)} />
        <Route path="teams" element={guard('team.manage', <TeamsPage />)} />
        <Route path="routing" element={guard('desk.manage', <RoutingPage />)} />
        <Route path="macros" element={guard('macro.manage', <MacrosPage />)} />
        <Route path="tags" element={guard('tag.manage', <TagsPage />)} />
        <Route path="fields" element={guard('desk.manage', <FieldsPage />)} />
        <Route path="forms" element={guard('desk.manage', <FormsPage />)} />
        <Route path="schedules" element={guard('desk.manage', <SchedulesPage />)} />
        <Route path="schedules/:id" element={guard('desk.manage', <SchedulePage />)} />
        <Route path="sla" element={guard('desk.manage', <SlaPage />)} />
        <Route path="sla/:id" element={guard('desk.manage', <SlaPolicyPage />)} />
        <Route path="surveys" element={guard('desk.manage', <SurveysPage />)} />
        <Route path="abuse" element={guard('desk.manage', <AbuseTextsPage />)} />
        <Route path="escalations" element={guard('desk.manage', <EscalationsPage />)} />
        <Route path="checklists" element={guard('desk.manage', <ChecklistsPage />)} />
        <Route path="rules" element={guard('desk.manage', <RulesPage />)} />
        <Route path="rules/new" element={guard('desk.manage', <RulePage />)} />
        <Route path="rules/:id" element={guard('desk.manage', <RulePage />)} />
        <Route path="webhooks" element={guard('desk.manage', <WebhooksPage />)} />
        <Route path="audit" element={guard('audit.read', <AuditPage />)} />
        <Route path="*" element={<Navigate to={first} replace />} />
      </Routes>
    </Sections>
  );
}
