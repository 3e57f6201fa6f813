import {
  type Attachment,
  type DraftKind,
  type Macro,
  type Ticket,
  type TicketStatus,
} from '@evenkeel/api';
import { Banner, Button, classes, IconButton, Skeleton, toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Loader, MessageSquareReply, Paperclip, StickyNote, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useActions } from '../../../actions/registry';
import { statusLabel } from '../../../lib/labels';
import { api } from '../../../session';
import { useAgents, useMacros } from '../../../store';
import { setPresence } from '../../../store/sync';
import { AddressField } from '../tickets/AddressField';
import { getDraft, useDraft, writeDraft, type Draft } from './drafts';
import { Editor, type EditorHandle } from './Editor';
import { Files } from './Files';
import { MacroActions, OpenPlaceholders, readMacro, type UsedMacro } from './MacroActions';
import { Paused } from './Paused';
import { isBlank } from './rules';
import { SendButtons } from './SendButtons';
import { addNote, sendReply, type SendOptions } from './sending';
import styles from './Composer.module.css';

const UPLOAD_BYTES_MAX = 25 * 1024 * 1024;

interface WritingProps {
  ticket: Ticket;
  kind: DraftKind;
  /** Grows each time the agent asks to write here: takes the focus. */
  wanted: number;
  onKind: (kind: DraftKind) => void;
  onClose: () => void;
}

/** The open composer: who reads it, the text, what goes along, and the button that says so. */
export default function Writing({ ticket, kind, wanted, onKind, onClose }: WritingProps) {
  const draft = useDraft(ticket.id, kind, ticket.draft_kinds.includes(kind));
  const editor = useRef<EditorHandle>(null);
  const [isSending, setIsSending] = useState(false);
  const [isUploading, setIsUploading] = useState(0);
  const [hasNews, setHasNews] = useState(false);
  const [showsCc, setShowsCc] = useState(false);
  const [statusAfter, setStatusAfter] = useState<TicketStatus | undefined>();
  const [used, setUsed] = useState<UsedMacro | null>(null);
  const macros = useMacros();
  const agents = useAgents();
  const write = (change: Partial<Pick<Draft, 'html' | 'files' | 'cc'>>) =>
    writeDraft(ticket.id, kind, change);
  const blank = isBlank(draft);

  usePresence(ticket.id, !blank);
  useEffect(() => {
    if (wanted > 0 && draft.ready) editor.current?.focus();
  }, [wanted, draft.ready]);

  const upload = async (files: readonly File[], inline: boolean): Promise<Attachment[]> => {
    const done: Attachment[] = [];
    for (const file of files) {
      if (file.size > UPLOAD_BYTES_MAX) {
        toast({
          tone: 'bad',
          text: t`${file.name} is larger than 25 MB. Please share it another way.`,
        });
        continue;
      }
      setIsUploading((count) => count + 1);
      try {
        done.push({ ...(await api.uploads.create(file)), inline });
      } catch {
        toast({ tone: 'bad', text: t`${file.name} didn't upload. Please try again.` });
      } finally {
        setIsUploading((count) => count - 1);
      }
    }
    return done;
  };
  const attach = async (files: readonly File[]) => {
    const added = await upload(files, false);
    if (added.length > 0) write({ files: [...draft.files, ...added] });
  };

  const send = async (options: SendOptions = {}) => {
    if (blank || isSending || isUploading > 0) return;
    setIsSending(true);
    const result =
      kind === 'note'
        ? await addNote(ticket)
        : await sendReply(ticket, { statusAfter, macroId: used?.id, ...options });
    setIsSending(false);
    setHasNews(result === 'new_messages');
    if (result === 'sent') onClose();
  };
  const applyMacro = async (macro: Macro, insert: (html: string) => void) => {
    const ready = await readMacro(ticket, macro);
    if (!ready) return;
    insert(ready.html);
    if (ready.status_after) setStatusAfter(ready.status_after);
    if (ready.actions.length > 0 && kind === 'reply') {
      setUsed({ id: macro.id, name: macro.name, actions: ready.actions });
    }
    if (ready.files.length > 0) {
      const { files } = getDraft(ticket.id, kind);
      write({ files: [...files, ...ready.files] });
    }
  };
  useActions({ 'write.send': { run: () => void send(), when: () => !blank } });

  if (!draft.ready) {
    return <Skeleton lines={3} label={t`Loading the editor`} className={styles.waiting} />;
  }
  return (
    <>
      <div className={styles.head}>
        <Sides ticket={ticket} kind={kind} onKind={onKind} />
        <Saved state={draft.saved} isBlank={blank} />
        {kind === 'reply' && !showsCc && (
          <Button size="s" variant="quiet" onPress={() => setShowsCc(true)}>
            {copiesLabel(draft, ticket)}
          </Button>
        )}
        <IconButton
          size="s"
          label={t`Close; the draft is kept`}
          icon={<X size={16} aria-hidden />}
          onPress={onClose}
        />
      </div>
      {kind === 'note' && (
        <p className={styles.noteLine}>{t`Only your team reads this. @ mentions a colleague.`}</p>
      )}
      {kind === 'reply' && showsCc && (
        <AddressField
          className={styles.cc}
          label={t`Copies to`}
          value={draft.cc ?? ticket.cc}
          onChange={(cc) => write({ cc })}
        />
      )}
      {kind === 'reply' && (
        <Paused
          ticket={ticket}
          isDisabled={blank || isSending || isUploading > 0}
          onSend={() => void send()}
        />
      )}
      {hasNews && (
        <Banner
          tone="warn"
          live
          className={styles.news}
          title={t`Something new came in while you wrote`}
        >
          {t`Nothing was sent. Read it above; your text is kept. Send again if it still fits.`}
        </Banner>
      )}
      {kind === 'reply' && <OpenPlaceholders html={draft.html} />}
      <Editor
        ref={editor}
        html={draft.html}
        revision={draft.revision}
        label={kind === 'note' ? t`Internal note` : t`Reply`}
        placeholder={
          kind === 'note' ? t`Write a note for the team…` : t`Write your answer… / inserts a macro`
        }
        agents={kind === 'note' ? agents : []}
        macros={macros}
        onMacro={(macro, insert) => void applyMacro(macro, insert)}
        onChange={(html) => write({ html })}
        onImages={async (files) => {
          const added = await upload(files, true);
          write({ files: [...draft.files, ...added] });
          return added;
        }}
        onFiles={(files) => void attach(files)}
        bar={
          <>
            <FileButton onFiles={(files) => void attach(files)} />
            {isUploading > 0 && (
              <span className={styles.uploading} role="status">
                <Loader size={14} aria-hidden /> {t`Uploading…`}
              </span>
            )}
            <span className={styles.barSpace} />
            {statusAfter && kind === 'reply' && (
              <Button
                size="s"
                variant="quiet"
                aria-label={t`Don't change the status to ${statusLabel(statusAfter)}`}
                onPress={() => setStatusAfter(undefined)}
              >
                {t`then ${statusLabel(statusAfter)}`} <X size={13} aria-hidden />
              </Button>
            )}
            <SendButtons
              ticket={ticket}
              kind={kind}
              isDisabled={blank || isUploading > 0}
              isPending={isSending}
              onSend={(options) => void send(options)}
            />
          </>
        }
      >
        {used && kind === 'reply' && <MacroActions used={used} onDrop={() => setUsed(null)} />}
        <Files
          files={draft.files.filter((file) => !file.inline)}
          onRemove={(id) => write({ files: draft.files.filter((file) => file.id !== id) })}
        />
      </Editor>
    </>
  );
}

/** Colleagues see that somebody writes, as long as there is something written. */
function usePresence(id: number, isWriting: boolean): void {
  useEffect(() => {
    if (!isWriting) return;
    setPresence(id, 'writing');
    return () => setPresence(id, 'viewing');
  }, [id, isWriting]);
}

function copiesLabel(draft: Draft, ticket: Ticket): string {
  const count = (draft.cc ?? ticket.cc).length;
  return count > 0 ? t`Copies (${count})` : t`Add copies`;
}

interface SidesProps {
  ticket: Ticket;
  kind: DraftKind;
  onKind: (kind: DraftKind) => void;
}

function Sides({ ticket, kind, onKind }: SidesProps) {
  const name = ticket.requester.name || ticket.requester.email;
  const hasOther = ticket.draft_kinds.includes(kind === 'reply' ? 'note' : 'reply');
  return (
    <div className={styles.sides} role="group" aria-label={t`What to write`}>
      {ticket.may.reply && (
        <Button
          size="s"
          variant="quiet"
          aria-pressed={kind === 'reply'}
          className={classes(styles.side, kind === 'reply' && styles.sideOn)}
          icon={<MessageSquareReply size={15} aria-hidden />}
          onPress={() => onKind('reply')}
        >
          <span className={styles.sideText} dir="auto">{t`Reply to ${name}`}</span>
          {hasOther && kind === 'note' && (
            <span className={styles.dot} role="img" aria-label={t`has a draft`} />
          )}
        </Button>
      )}
      {ticket.may.note && (
        <Button
          size="s"
          variant="quiet"
          aria-pressed={kind === 'note'}
          className={classes(styles.side, kind === 'note' && styles.sideOnNote)}
          icon={<StickyNote size={15} aria-hidden />}
          onPress={() => onKind('note')}
        >
          {t`Note`}
          {hasOther && kind === 'reply' && (
            <span className={styles.dot} role="img" aria-label={t`has a draft`} />
          )}
        </Button>
      )}
    </div>
  );
}

function Saved({ state, isBlank: blank }: { state: Draft['saved']; isBlank: boolean }) {
  const words = {
    yes: blank ? '' : t`Draft saved`,
    pending: '',
    failed: t`Not saved yet, trying again`,
  };
  return (
    <span className={styles.saved} role="status" data-state={state}>
      {words[state]}
    </span>
  );
}

function FileButton({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton
        size="s"
        label={t`Attach files`}
        icon={<Paperclip size={17} aria-hidden />}
        onPress={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
    </>
  );
}
