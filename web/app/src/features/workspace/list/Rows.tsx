import type { SearchHit, ShownView } from '@evenkeel/api';
import { useVirtualizer } from '@tanstack/react-virtual';
import { t } from '@lingui/core/macro';
import {
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type ReactNode,
  type Ref,
} from 'react';
import { useStore } from '../../../store';
import { GroupTitle } from './GroupTitle';
import { TicketRowLink } from './TicketRowLink';
import styles from './TicketList.module.css';

export interface RowsHandle {
  /** Moves the focus by some rows and answers to which; starts at the open ticket, else at the top. */
  move: (by: number) => number | null;
  /** The row the focus was last on, else the open one. */
  at: () => number | null;
  /** Opens the row the focus was last on. */
  open: () => void;
  toTop: () => void;
}

interface RowsProps {
  ref: Ref<RowsHandle>;
  ids: readonly number[];
  /** Why a search found them. */
  hits?: ReadonlyMap<number, SearchHit>;
  openId: number | null;
  linkTo: (id: number) => string;
  showsStatus: boolean;
  /** How a saved view shows its tickets; null for the other lists. */
  shown: ShownView | null;
  /** The tickets that are chosen. */
  chosen: ReadonlySet<number>;
  /** Chooses a ticket or no longer, or all up to it; absent when nothing may be chosen. */
  onChoose: ((id: number, isRange: boolean) => void) | undefined;
  onNearEnd: () => void;
  /** How many rows came in above what is on screen. */
  onUnseen: (count: number) => void;
  foot: ReactNode;
}

const ROW_ESTIMATE = 92;
const NEAR_END_ROWS = 12;

/**
 * The drawn part of a long list. When rows come in above, the scroll position follows the row that
 * was first on screen, so that nothing moves under the eye.
 */
export function Rows(props: RowsProps) {
  // The virtualizer is one object that changes inside; the compiler would keep its first answer.
  'use no memo';
  const { ids, openId, linkTo, onNearEnd, onUnseen } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const anchor = useRef<{ id: number; offset: number } | null>(null);
  const seen = useRef<ReadonlySet<number>>(new Set(ids));
  const [cursor, setCursor] = useState<number | null>(null);
  const wantsFocus = useRef<number | null>(null);

  // eslint-disable-next-line react-hooks/incompatible-library -- opted out above
  const rows = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_ESTIMATE,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 6,
  });
  const drawn = rows.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;

  useLayoutEffect(() => {
    const element = scroll.current;
    const held = anchor.current;
    if (!element || !held || element.scrollTop < 4) {
      seen.current = new Set(ids);
      onUnseen(0);
      return;
    }
    const index = ids.indexOf(held.id);
    if (index < 0) return;
    const start = rows.getOffsetForIndex(index, 'start')?.[0];
    if (start !== undefined && Math.abs(start + held.offset - element.scrollTop) > 1) {
      element.scrollTop = start + held.offset;
    }
    onUnseen(ids.slice(0, index).filter((id) => !seen.current.has(id)).length);
    // Only a change of the rows moves them; scrolling by hand must not be undone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [ids]);

  useLayoutEffect(() => {
    if (last >= ids.length - NEAR_END_ROWS) onNearEnd();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [last, ids.length]);

  const onScroll = () => {
    const element = scroll.current;
    if (!element) return;
    const first = rows.getVirtualItems().find((row) => row.end > element.scrollTop);
    const id = first === undefined ? undefined : ids[first.index];
    anchor.current =
      first === undefined || id === undefined
        ? null
        : { id, offset: element.scrollTop - first.start };
    if (element.scrollTop < 4) {
      seen.current = new Set(ids);
      onUnseen(0);
    }
  };

  const focusRow = (id: number): boolean => {
    const link = scroll.current?.querySelector<HTMLElement>(`[data-ticket="${id}"]`);
    link?.focus({ preventScroll: true });
    return link !== null && link !== undefined;
  };
  useLayoutEffect(() => {
    if (wantsFocus.current !== null && focusRow(wantsFocus.current)) wantsFocus.current = null;
  });

  const at = () => (cursor !== null && ids.includes(cursor) ? cursor : openId);
  useImperativeHandle(props.ref, () => ({
    at,
    move: (by) => {
      const start = at();
      const from = start === null ? -1 : ids.indexOf(start);
      const to = from === -1 ? 0 : Math.min(Math.max(from + by, 0), ids.length - 1);
      const id = ids[to];
      if (id === undefined) return null;
      setCursor(id);
      rows.scrollToIndex(to, { align: 'auto' });
      if (!focusRow(id)) wantsFocus.current = id;
      return id;
    },
    open: () => {
      if (cursor === null) return;
      scroll.current?.querySelector<HTMLElement>(`[data-ticket="${cursor}"]`)?.click();
    },
    toTop: () => scroll.current?.scrollTo({ top: 0 }),
  }));

  return (
    <div ref={scroll} className={styles.scroll} onScroll={onScroll}>
      <ul
        className={styles.rows}
        style={{ blockSize: rows.getTotalSize() }}
        aria-label={t`Tickets`}
      >
        {drawn.map((row) => {
          const id = ids[row.index];
          if (id === undefined) return null;
          return (
            <li
              key={row.key}
              ref={rows.measureElement}
              data-index={row.index}
              className={styles.row}
              data-chosen={props.chosen.has(id) || undefined}
              data-choosing={props.chosen.size > 0 || undefined}
              style={{ transform: `translateY(${row.start}px)` }}
              aria-setsize={ids.length}
              aria-posinset={row.index + 1}
            >
              {props.onChoose && (
                <Choice id={id} isChosen={props.chosen.has(id)} onChoose={props.onChoose} />
              )}
              <GroupTitle id={id} before={ids[row.index - 1]} group={props.shown?.group ?? null} />
              <TicketRowLink
                id={id}
                hit={props.hits?.get(id)}
                to={linkTo(id)}
                isOpen={id === openId}
                showsStatus={props.showsStatus}
                shown={props.shown}
                onFocus={() => setCursor(id)}
              />
            </li>
          );
        })}
      </ul>
      {props.foot && <div className={styles.foot}>{props.foot}</div>}
    </div>
  );
}

interface ChoiceProps {
  id: number;
  isChosen: boolean;
  onChoose: (id: number, isRange: boolean) => void;
}

/** Chooses the ticket; with Shift everything up to it. */
function Choice({ id, isChosen, onChoose }: ChoiceProps) {
  const subject = useStore((state) => state.tickets.get(id)?.subject ?? '');
  return (
    <input
      type="checkbox"
      className={styles.choice}
      aria-label={t`Choose #${id} ${subject}`}
      checked={isChosen}
      // The keys of the list choose as well; one stop less on the way through the list.
      tabIndex={-1}
      onChange={(event) => {
        const { nativeEvent } = event;
        onChoose(id, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey);
      }}
    />
  );
}
