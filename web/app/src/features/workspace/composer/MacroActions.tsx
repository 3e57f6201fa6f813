import type { Action, Macro, MacroPreview, Ticket } from '@evenkeel/api';
import { Banner, IconButton, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { X, Zap } from 'lucide-react';
import { api } from '../../../session';
import { useAgents, useTags, useTeams } from '../../../store';
import { tellRefusal } from '../../../store/commands';
import { actionWords } from '../../actions/vocabulary';
import styles from './Composer.module.css';

/** A macro whose actions are done when the reply is sent. */
export interface UsedMacro {
  id: number;
  name: string;
  actions: readonly Action[];
}

/** The macro made ready for the ticket; null when it can't be had, which was said. */
export async function readMacro(ticket: Ticket, macro: Macro): Promise<MacroPreview | null> {
  try {
    const ready = await api.macros.preview(ticket.id, macro.id);
    if (ready.fits) return ready;
    void toast({ text: t`“${macro.name}” is not for a ticket like this one.` });
  } catch (error) {
    tellRefusal(error);
  }
  return null;
}

/** What will be done to the ticket with the reply; nothing of it has happened yet. */
export function MacroActions({ used, onDrop }: { used: UsedMacro; onDrop: () => void }) {
  const names = { agents: useAgents(), teams: useTeams(), tags: useTags() };
  const words = used.actions.map((action) => actionWords(action, names)).join(' · ');
  return (
    <p className={styles.macroActions}>
      <Zap size={14} aria-hidden />
      <span dir="auto">{t`With the reply: ${words}`}</span>
      <IconButton
        size="s"
        label={t`Don’t do this with the reply`}
        icon={<X size={14} aria-hidden />}
        onPress={onDrop}
      />
    </p>
  );
}

const PLACEHOLDER = /\{\{\s*[a-z]+\.[a-z_]+[^{}<]*\}\}/g;

/** Says which placeholders are still open: a reply with one of them is not sent. */
export function OpenPlaceholders({ html }: { html: string }) {
  const open = [...new Set(html.match(PLACEHOLDER) ?? [])];
  if (open.length === 0) return null;
  return (
    <Banner tone="warn" live className={styles.news} title={t`Something is still to be filled in`}>
      {t`Write what belongs there, or take it out: ${open.join(', ')}`}
    </Banner>
  );
}
