import type { EventItem, MessageItem, Ticket, TicketAbuse, TimelineItem } from '@evenkeel/api';
import { Button, ErrorState, Skeleton, Spinner } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { ArrowDown } from 'lucide-react';
import { Fragment, useLayoutEffect, useRef, useState } from 'react';
import { useFormat, useNow } from '../../../i18n';
import { useSession } from '../../../session';
import { useStore } from '../../../store';
import { loadOlder, loadTimeline } from '../../../store/sync';
import { useTicketAbuse } from '../abuse/useTicketAbuse';
import { Event } from './Event';
import { Message } from './Message';
import styles from './Conversation.module.css';

interface TimelineProps {
  id: number;
  ticket: Ticket | undefined;
  onForward: (number: number) => void;
}

const AT_END_PX = 80;
/** Frames of mail grow while they load; until then the end stays the end. */
const SETTLE_MS = 1500;

/** Everything on the ticket, oldest first, opened at its newest end. */
export function Timeline({ id, ticket, onForward }: TimelineProps) {
  const timeline = useStore((state) => state.timelines.get(id));
  const scroll = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const [seen, setSeen] = useState(0);
  const items = timeline?.items ?? [];
  const abuse = useTicketAbuse(id);
  const newest = lastMessage(items);
  const firstKey = items[0] ? keyOf(items[0]) : '';

  const toEnd = () => {
    const element = scroll.current;
    if (element) element.scrollTop = element.scrollHeight;
  };

  const newestNumber = newest?.number ?? 0;
  const { me } = useSession();
  const isOwn = newest?.author.type === 'agent' && newest.author.id === me.agent.id;
  const opened = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (isOwn) isAtEnd.current = true;
  }, [newestNumber, isOwn]);

  // Stays at the end while what is there grows (frames of mail, images, the composer).
  useLayoutEffect(() => {
    const inner = content.current;
    const outer = scroll.current;
    if (!inner || !outer) return;
    opened.current ??= performance.now();
    const settled = opened.current + SETTLE_MS;
    const follow = new ResizeObserver(() => {
      if (!isAtEnd.current && performance.now() > settled) return;
      outer.scrollTop = outer.scrollHeight;
      setSeen(newestNumber);
    });
    follow.observe(inner);
    follow.observe(outer);
    return () => follow.disconnect();
  }, [timeline?.ready, newestNumber]);

  // When older items come in above, what was on screen stays where it was.
  const fromEnd = useRef<number | null>(null);
  const showOlder = () => {
    const element = scroll.current;
    if (element) fromEnd.current = element.scrollHeight - element.scrollTop;
    void loadOlder(id);
  };
  useLayoutEffect(() => {
    const element = scroll.current;
    if (!element || fromEnd.current === null) return;
    element.scrollTop = element.scrollHeight - fromEnd.current;
    fromEnd.current = null;
  }, [firstKey]);

  const onScroll = () => {
    const element = scroll.current;
    if (!element) return;
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX;
    if (isAtEnd.current) setSeen(newestNumber);
  };

  if (!timeline?.ready) {
    return (
      <div className={styles.timeline}>
        {timeline?.loading === 'failed' ? (
          <ErrorState
            title={t`This conversation didn't load`}
            retryLabel={t`Try again`}
            onRetry={() => void loadTimeline(id)}
          >
            {t`Nothing is lost. The server could not be reached just now.`}
          </ErrorState>
        ) : (
          <div className={styles.timelineWaiting}>
            <Skeleton lines={4} label={t`Loading the conversation`} />
            <Skeleton lines={3} />
          </div>
        )}
      </div>
    );
  }
  return (
    <div className={styles.timelineBox}>
      <div
        ref={scroll}
        className={styles.timeline}
        onScroll={onScroll}
        role="region"
        aria-label={t`Messages and events`}
        tabIndex={0}
      >
        <div ref={content} className={styles.timelineContent}>
          {timeline.next && (
            <div className={styles.older}>
              {timeline.loading === 'loading' ? (
                <Spinner label={t`Loading`} />
              ) : (
                <Button size="s" variant="quiet" onPress={showOlder}>
                  {t`Show earlier messages`}
                </Button>
              )}
            </div>
          )}
          <Items items={items} ticket={ticket} abuse={abuse} onForward={onForward} />
        </div>
      </div>
      {seen !== 0 && newestNumber > seen && (
        <div className={styles.newMessage} role="status">
          <Button
            size="s"
            variant="primary"
            icon={<ArrowDown size={14} aria-hidden />}
            onPress={toEnd}
          >
            {t`New message`}
          </Button>
        </div>
      )}
    </div>
  );
}

const keyOf = (item: TimelineItem) =>
  item.type === 'message' ? `m${item.number}` : `e${item.record}`;

function lastMessage(items: readonly TimelineItem[]): MessageItem | undefined {
  return items.findLast((item): item is MessageItem => item.type === 'message');
}

interface ItemsProps {
  items: readonly TimelineItem[];
  ticket: Ticket | undefined;
  abuse: TicketAbuse | undefined;
  onForward: (number: number) => void;
}

function Items({ items, ticket, abuse, onForward }: ItemsProps) {
  const { day } = useFormat();
  const now = useNow();
  const isOfCustomer = (item: TimelineItem): item is MessageItem =>
    item.type === 'message' && item.kind === 'in';
  const last = items.findLast(isOfCustomer)?.number;
  return items.map((item, index) => {
    const today = day(item.at, now);
    const before = items[index - 1];
    const startsDay = before === undefined || day(before.at, now) !== today;
    return (
      <Fragment key={keyOf(item)}>
        {startsDay && (
          <h3 className={styles.day}>
            <span>{today}</span>
          </h3>
        )}
        {item.type === 'message' ? (
          <Message
            message={item}
            ticket={ticket}
            abuse={abuse}
            isLastOfCustomer={item.number === last}
            onForward={() => onForward(item.number)}
          />
        ) : (
          <Event ticket={ticket?.id ?? 0} event={item satisfies EventItem} />
        )}
      </Fragment>
    );
  });
}
