import { t } from '@lingui/core/macro';
import { EmptyState, Skeleton } from '@evenkeel/kit';
import { MousePointerClick } from 'lucide-react';
import { Suspense, useEffect, useState } from 'react';
import { Navigate, useNavigate, useParams, useSearchParams } from 'react-router';
import { useActions } from '../../actions/registry';
import { later } from '../../i18n';
import { isViewId, viewLabel } from '../../lib/labels';
import { useStore } from '../../store';
import { showTicket } from '../../store/sync';
import { TicketList } from './list/TicketList';
import styles from './Workspace.module.css';

const Conversation = later(() => import('./conversation/Conversation'));
const ViewDialog = later(() => import('./views/ViewDialog'));

/** List, conversation and customer; the URL says which view, which ticket and which search. */
export function Workspace() {
  const { view, ticket } = useParams();
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const [showsCustomer, setShowsCustomer] = useState(false);
  const [makesView, setMakesView] = useState(false);
  const views = useStore((state) => state.views);
  const count = views.find((each) => each.id === view)?.count ?? 0;
  const id = ticket === undefined ? null : Number(ticket);
  const q = search.get('q') ?? '';

  useEffect(() => {
    showTicket(id);
    return () => showTicket(null);
  }, [id]);

  // The list comes first; what opens next is fetched while it is being read.
  useEffect(() => void import('./conversation/Conversation'), []);

  const title = isViewId(view) ? viewLabel(view, views) : '';
  useEffect(() => {
    document.title = count > 0 ? `(${count}) ${title} · Evenkeel` : `${title} · Evenkeel`;
  }, [title, count]);

  const suffix = q ? `?q=${encodeURIComponent(q)}` : '';
  const back = () => void navigate(`/app/v/${view}${suffix}`);
  useActions({
    'ticket.back': { run: back, when: () => id !== null },
    'view.new': () => setMakesView(true),
  });

  if (!isViewId(view) || (id !== null && !Number.isSafeInteger(id))) {
    return <Navigate to="/app/v/mine" replace />;
  }
  return (
    <div
      className={styles.workspace}
      data-open={id !== null || undefined}
      data-customer={showsCustomer || undefined}
    >
      <section className={styles.list} aria-label={title}>
        <TicketList view={view} q={q} openId={id} />
      </section>
      {id === null ? (
        <section className={styles.nothing} aria-label={t`Conversation`}>
          <EmptyState
            icon={<MousePointerClick size={22} />}
            title={t`Pick a ticket to read it here`}
          >
            {t`J and K move through the list, Enter opens. Press ? for all shortcuts.`}
          </EmptyState>
        </section>
      ) : (
        <Suspense fallback={<Skeleton lines={4} label={t`Loading`} className={styles.waiting} />}>
          <Conversation
            key={id}
            id={id}
            onBack={back}
            showsCustomer={showsCustomer}
            onShowCustomer={setShowsCustomer}
          />
        </Suspense>
      )}
      {makesView && (
        <Suspense fallback={null}>
          <ViewDialog view={null} onClose={() => setMakesView(false)} />
        </Suspense>
      )}
    </div>
  );
}
