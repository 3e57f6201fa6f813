import type { Completion, ViewId } from '@evenkeel/api';
import { SearchField } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { X } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useNavigate } from 'react-router';
import { useActions } from '../../../actions/registry';
import { api } from '../../auth/client';
import { filtersOf, without } from './query';
import styles from './Search.module.css';

const TYPING_MS = 150;

interface SearchBoxProps {
  view: ViewId;
  q: string;
}

/** The search over everything: words, filters with completion, and the filters as chips. */
export function SearchBox({ view, q }: SearchBoxProps) {
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const offersList = useRef<HTMLUListElement>(null);
  const [text, setText] = useState(q);
  const [typing, setTyping] = useState(false);
  const go = useRef<ReturnType<typeof setTimeout>>(undefined);
  const offers = useOffers(typing ? text : '');
  useActions({
    'list.search': () => {
      field.current?.focus();
      field.current?.select();
    },
  });
  useEffect(() => () => clearTimeout(go.current), []);
  const search = (next: string) => {
    setText(next);
    clearTimeout(go.current);
    const suffix = next.trim() ? `?q=${encodeURIComponent(next.trim())}` : '';
    go.current = setTimeout(
      () => void navigate(`/app/v/${view}${suffix}`, { replace: true }),
      TYPING_MS,
    );
  };
  const take = (offer: Completion) => {
    const next = text.slice(0, offer.from) + offer.text;
    search(next.endsWith(':') ? next : `${next} `);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' || offers.length === 0) return;
    event.preventDefault();
    offersList.current?.querySelector('button')?.focus();
  };
  const chips = filtersOf(text);
  return (
    <div
      className={styles.box}
      onFocus={() => setTyping(true)}
      onBlur={(event) => setTyping(event.currentTarget.contains(event.relatedTarget))}
    >
      <SearchField
        inputRef={field}
        label={t`Search all tickets`}
        value={text}
        onChange={search}
        onKeyDown={onKeyDown}
        onClear={() => field.current?.blur()}
      />
      {offers.length > 0 && (
        <ul
          ref={offersList}
          className={styles.offers}
          aria-label={t`Ways to go on; press arrow down to choose`}
          onKeyDown={(event) => moveAmong(event, field.current)}
        >
          {offers.map((offer) => (
            <li key={offer.text}>
              <button type="button" className={styles.offer} onClick={() => take(offer)}>
                {offer.label}
              </button>
            </li>
          ))}
        </ul>
      )}
      {chips.length > 0 && (
        <ul className={styles.chips} aria-label={t`Filters`}>
          {chips.map((chip) => (
            <li key={chip.from}>
              <button
                type="button"
                className={styles.chip}
                aria-label={t`Remove the filter ${chip.text}`}
                onClick={() => search(without(text, chip))}
              >
                {chip.text}
                <X size={12} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Arrows move among the offers and back into the field. */
function moveAmong(event: KeyboardEvent<HTMLUListElement>, field: HTMLInputElement | null) {
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Escape: -Infinity }[
    event.key
  ];
  if (by === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.findIndex((button) => button === document.activeElement);
  const next = buttons[at + by];
  if (next) next.focus();
  else if (by < 0) field?.focus();
}

/** How the text may go on; what was offered for a shorter text stays until the answer comes. */
function useOffers(text: string): readonly Completion[] {
  const [offers, setOffers] = useState<{ text: string; items: readonly Completion[] }>({
    text: '',
    items: [],
  });
  useEffect(() => {
    if (!/\S$/.test(text)) return;
    const stop = new AbortController();
    const wait = setTimeout(() => {
      api.search.complete(text, stop.signal).then(
        ({ items }) => setOffers({ text, items }),
        () => {
          // Completion is a help only; the search itself says what is wrong.
        },
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [text]);
  // An offer is for the text that it was made for: it names the place where it goes.
  return offers.text === text && /\S$/.test(text) ? offers.items : [];
}
