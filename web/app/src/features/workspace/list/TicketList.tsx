import type { ViewId } from '@evenkeel/api';
import { Button, EmptyState, ErrorState, Spinner } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { ArrowUp, CircleAlert, SearchX, Sparkles } from 'lucide-react';
import { Suspense, useEffect, useRef, useState } from 'react';
import { useActions } from '../../../actions/registry';
import { later } from '../../../i18n';
import { viewLabel } from '../../../lib/labels';
import { MenuButton } from '../../../shell/MenuButton';
import { useSession } from '../../../session';
import { useStore } from '../../../store';
import { listKey, type ListQuery } from '../../../store/state';
import { loadList, loadMore, showList } from '../../../store/sync';
import { isKept } from '../../../store/views';
import { FoundAside } from '../search/FoundAside';
import { SearchBox } from '../search/SearchBox';
import { ViewMenu } from '../views/ViewMenu';
import { ListSkeleton } from './ListSkeleton';
import { Rows, type RowsHandle } from './Rows';
import { all, chosen, NOTHING_CHOSEN, reach, toggle } from './selection';
import styles from './TicketList.module.css';

const BulkBar = later(() => import('../many/BulkBar'));

interface TicketListProps {
  view: ViewId;
  q: string;
  openId: number | null;
}

/** The tickets of a view, newest activity first, kept fresh without moving under the eye. */
export function TicketList({ view, q, openId }: TicketListProps) {
  const query = useSettled({ view, q });
  const list = useStore((state) => state.lists.get(listKey(query)));
  const found = useStore((state) => (query.q ? state.found.get(listKey(query)) : undefined));
  const views = useStore((state) => state.views);
  const rows = useRef<RowsHandle>(null);
  const [unseen, setUnseen] = useState(0);

  useEffect(() => showList({ view, q }), [view, q]);

  const { me, can } = useSession();
  const key = listKey(query);
  const [kept, setKept] = useState({ key, selection: NOTHING_CHOSEN });
  const selection = kept.key === key ? kept.selection : NOTHING_CHOSEN;
  const select = (next: typeof selection) => setKept({ key, selection: next });
  const ids = list?.ids ?? NO_IDS;
  const picked = chosen(selection, ids);
  const mayChoose = can('ticket.update') && me.agent.role !== 'light_agent';
  const choose = (id: number, isRange: boolean) =>
    select(isRange ? reach(selection, ids, id) : toggle(selection, id));
  const stretch = (by: number) => {
    const from = rows.current?.at() ?? null;
    const begun = from === null || selection.anchor !== null ? selection : toggle(selection, from);
    const to = rows.current?.move(by) ?? null;
    if (to !== null) select(reach(begun, ids, to));
  };
  const mayChooseNow = () => mayChoose && ids.length > 0;

  useActions({
    'list.select': {
      run: () => {
        const id = rows.current?.at() ?? null;
        if (id !== null) choose(id, false);
      },
      when: mayChooseNow,
    },
    'list.selectDown': { run: () => stretch(1), when: mayChooseNow },
    'list.selectUp': { run: () => stretch(-1), when: mayChooseNow },
    'list.selectAll': { run: () => select(all(ids)), when: mayChooseNow },
    'list.selectNone': { run: () => select(NOTHING_CHOSEN), when: () => picked.length > 0 },
    'list.next': () => rows.current?.move(1),
    'list.previous': () => rows.current?.move(-1),
    'list.open': () => rows.current?.open(),
  });

  const count = views.find((each) => each.id === view);
  return (
    <>
      <header className={styles.head}>
        <div className={styles.titleRow}>
          <MenuButton />
          <h1 className={styles.title}>{q ? t`Search results` : viewLabel(view, views)}</h1>
          {count !== undefined && !q && (
            <span className={styles.count}>
              {count.capped
                ? t`${count.count}+ tickets`
                : plural(count.count, { one: '# ticket', other: '# tickets' })}
            </span>
          )}
          {count?.saved?.may_change && !q && (
            <ViewMenu name={viewLabel(view, views)} shown={count.saved} />
          )}
          {found !== undefined && found.problem === null && (
            <span className={styles.count} role="status">
              {plural(found.count, { one: '# ticket', other: '# tickets' })}
            </span>
          )}
        </div>
        <SearchBox key={view} view={view} q={q} />
      </header>
      {found && <FoundAside found={found} />}
      <div className={styles.body}>
        {unseen > 0 && (
          <div className={styles.unseen} role="status">
            <Button
              size="s"
              variant="primary"
              icon={<ArrowUp size={14} aria-hidden />}
              onPress={() => rows.current?.toTop()}
            >
              {plural(unseen, { one: '# new', other: '# new' })}
            </Button>
          </div>
        )}
        {!list?.ready && list?.loading !== 'failed' && <ListSkeleton />}
        {!list?.ready && list?.loading === 'failed' && (
          <ErrorState
            title={t`These tickets didn't load`}
            retryLabel={t`Try again`}
            onRetry={() => void loadList(query)}
          >
            {t`Nothing is lost. The server could not be reached just now.`}
          </ErrorState>
        )}
        {list?.ready && list.ids.length === 0 && (
          <Nothing view={view} q={query.q} problem={found?.problem ?? null} />
        )}
        {list?.ready && list.ids.length > 0 && (
          <Rows
            key={listKey(query)}
            ref={rows}
            ids={list.ids}
            hits={found?.hits}
            openId={openId}
            linkTo={(id) => `/app/v/${view}/t/${id}${q ? `?q=${encodeURIComponent(q)}` : ''}`}
            showsStatus={q !== '' || view !== 'solved'}
            shown={q === '' ? (count?.saved ?? null) : null}
            chosen={selection.ids}
            onChoose={mayChoose ? choose : undefined}
            onNearEnd={() => void loadMore(query)}
            onUnseen={setUnseen}
            foot={
              list.loading === 'loading' && list.next ? (
                <Spinner label={t`Loading more`} />
              ) : list.loading === 'failed' ? (
                <Button size="s" onPress={() => void loadMore(query)}>{t`Load more`}</Button>
              ) : null
            }
          />
        )}
      </div>
      {picked.length > 0 && (
        <Suspense>
          <BulkBar ids={picked} onClear={() => select(NOTHING_CHOSEN)} />
        </Suspense>
      )}
    </>
  );
}

const NO_IDS: readonly number[] = [];

/** The query whose answer is on screen: while the next is searched, the last one stays. */
function useSettled(wanted: ListQuery): ListQuery {
  const [settled, setSettled] = useState(wanted);
  const isHere = useStore((state) => {
    const list = state.lists.get(listKey(wanted));
    return list !== undefined && (list.ready || list.loading === 'failed');
  });
  const stays = wanted.q !== '' && settled.q !== '' && settled.view === wanted.view && !isHere;
  if (!stays && (settled.q !== wanted.q || settled.view !== wanted.view)) setSettled(wanted);
  return stays ? settled : wanted;
}

function Nothing({ view, q, problem }: { view: ViewId; q: string; problem: string | null }) {
  if (problem) {
    return (
      <EmptyState icon={<CircleAlert size={22} />} title={t`This search can't be read yet`}>
        {problem}
      </EmptyState>
    );
  }
  if (q) {
    return (
      <EmptyState icon={<SearchX size={22} />} title={t`No ticket matches “${q}”`}>
        {t`Everything outside spam and trash was searched. Try fewer words, a customer's name or a mail address.`}
      </EmptyState>
    );
  }
  const [title, text] = emptyWords(view);
  return (
    <EmptyState icon={<Sparkles size={22} />} title={title}>
      {text}
    </EmptyState>
  );
}

function emptyWords(view: ViewId): [string, string] {
  switch (view) {
    case 'mine':
      return [
        t`Nothing waits for you`,
        t`Tickets assigned to you appear here. “Unassigned” has those nobody took yet.`,
      ];
    case 'mentions':
      return [
        t`No mentions`,
        t`When a colleague writes @ and your name in a note, the ticket appears here.`,
      ];
    case 'unassigned':
      return [t`Everything has an owner`, t`New tickets appear here until somebody takes them.`];
    case 'snoozed':
      return [t`Nothing is snoozed`, t`Snoozed tickets rest here and come back at their time.`];
    case 'solved':
      return [t`Nothing solved yet`, t`Tickets you finish are kept here.`];
    case 'bulk':
      return [
        t`No bulk mail`,
        t`Newsletters, mailing lists and programs’ reports are kept here, out of the way.`,
      ];
    case 'spam':
      return [
        t`No spam`,
        t`Mail marked as spam is kept here for a while, so that nothing real is lost.`,
      ];
    case 'trash':
      return [
        t`The trash is empty`,
        t`Tickets in the trash can be restored until they are purged.`,
      ];
    default:
      if (isKept(view)) {
        return [
          t`No ticket matches now`,
          t`Tickets come here by themselves as soon as they match.`,
        ];
      }
      return [t`No open tickets`, t`New mail appears here by itself.`];
  }
}
