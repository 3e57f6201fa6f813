import type { TicketRow } from '@evenkeel/api';
import { Kbd, SearchField, TopDialog } from '@evenkeel/kit';
import { i18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import { Mail, Zap } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Header, ListBox, ListBoxItem, ListBoxSection } from 'react-aria-components/ListBox';
import { useNavigate } from 'react-router';
import { runAction, useAvailableActions } from '../actions/registry';
import { api } from '../session';
import type { ActionId } from '../actions/catalogue';
import styles from './Shell.module.css';

const TYPING_MS = 180;

/** Tickets that match what is typed; the server looks for them. */
function useFound(text: string): readonly TicketRow[] {
  const [found, setFound] = useState<{ q: string; items: readonly TicketRow[] }>({
    q: '',
    items: [],
  });
  const q = text.trim();
  useEffect(() => {
    if (q.length < 2) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api.tickets.list({ q, limit: 8 }, stop.signal).then(
        (page) => setFound({ q, items: page.items }),
        () => undefined,
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [q]);
  return found.q === q ? found.items : [];
}

/** One field to find a ticket or do anything that can be done now. */
export default function Palette({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const [text, setText] = useState('');
  const navigate = useNavigate();
  const found = useFound(text);
  const wanted = text.trim().toLocaleLowerCase();
  const actions = useAvailableActions().filter(
    (action) =>
      !['app.palette', 'write.send', 'list.open'].includes(action.id) &&
      i18n._(action.label).toLocaleLowerCase().includes(wanted),
  );
  const choose = (key: string) => {
    onOpenChange(false);
    const [kind, id = ''] = key.split('/');
    if (kind === 'ticket') void navigate(`/app/v/all/t/${id}`);
    // The window must be gone first: what is done may open another one or move the focus.
    else setTimeout(() => runAction(id as ActionId), 0);
  };
  return (
    <TopDialog label={t`Find anything`} isOpen onOpenChange={onOpenChange}>
      <Autocomplete inputValue={text} onInputChange={setText}>
        <div className={styles.paletteHead}>
          <SearchField label={t`Find a ticket, or say what to do`} autoFocus />
        </div>
        {/* The arrows scroll it while the field has the focus; Tab reaches it as well. */}
        <div className={styles.paletteList} tabIndex={0}>
          <ListBox
            aria-label={t`Found`}
            className={styles.paletteItems}
            onAction={(key) => choose(String(key))}
            renderEmptyState={() => <p className={styles.paletteSection}>{t`Nothing found.`}</p>}
          >
            {actions.length > 0 && (
              <ListBoxSection>
                <Header className={styles.paletteSection}>{t`Do`}</Header>
                {actions.map((action) => (
                  <ListBoxItem
                    key={action.id}
                    id={`do/${action.id}`}
                    textValue={i18n._(action.label)}
                    className={styles.paletteItem}
                  >
                    <Zap size={15} aria-hidden />
                    <span className={styles.paletteText}>{i18n._(action.label)}</span>
                    {action.keys && <Kbd keys={action.keys[0] ?? ''} />}
                  </ListBoxItem>
                ))}
              </ListBoxSection>
            )}
            {found.length > 0 && (
              <ListBoxSection>
                <Header className={styles.paletteSection}>{t`Tickets`}</Header>
                {found.map((row) => (
                  <ListBoxItem
                    key={row.id}
                    id={`ticket/${row.id}`}
                    textValue={row.subject}
                    className={styles.paletteItem}
                  >
                    <Mail size={15} aria-hidden />
                    <span className={styles.paletteText} dir="auto">
                      {row.subject}
                    </span>
                    <span className={styles.paletteDetail} dir="auto">
                      {row.requester.name}
                    </span>
                  </ListBoxItem>
                ))}
              </ListBoxSection>
            )}
          </ListBox>
        </div>
      </Autocomplete>
    </TopDialog>
  );
}
