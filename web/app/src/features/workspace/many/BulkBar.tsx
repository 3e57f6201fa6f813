import type { Action, BulkChange, BulkWork } from '@evenkeel/api';
import { Avatar, Button, IconButton, Menu, Picker, toast } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { Reply, Tag as TagIcon, UserPlus, X, Zap } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { PRIORITIES, priorityLabel, SETTABLE_STATUSES, statusLabel } from '../../../lib/labels';
import { api, useSession } from '../../../session';
import { useAgents, useMacros, useTags } from '../../../store';
import { followMany, readAgain, startMany } from '../../../store/bulk';
import { offerUndo, tellRefusal } from '../../../store/commands';
import styles from './BulkBar.module.css';

const BulkReply = lazy(() => import('./BulkReply'));
const BulkLeftDialog = lazy(() => import('./BulkLeftDialog'));

interface BulkBarProps {
  ids: readonly number[];
  onClear: () => void;
}

/** A change that goes on. */
interface Progress {
  id: number | null;
  dealt: number;
  total: number;
}

const NOBODY = 'nobody';
/** Long enough to look at what was done before the way back goes. */
const UNDO_MS = 20_000;

const act = (action: Action): BulkChange => ({ kind: 'actions', actions: [action] });

/** What can be done with all chosen tickets at once; the server does it and tells how far it is. */
export default function BulkBar({ ids, onClear }: BulkBarProps) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [writes, setWrites] = useState(false);
  const [left, setLeft] = useState<{ work: BulkWork; change: BulkChange } | null>(null);
  const count = ids.length;

  const change = async (wanted: BulkChange, on: readonly number[] = ids) => {
    setProgress({ id: null, dealt: 0, total: on.length });
    try {
      const begun = await startMany(on, wanted);
      setProgress({ id: begun.id, dealt: 0, total: on.length });
      const work = await followMany(begun, (dealt) =>
        setProgress({ id: begun.id, dealt, total: on.length }),
      );
      tell(work, wanted.kind);
      if (work.left.length > 0) setLeft({ work, change: wanted });
      else onClear();
    } catch (error) {
      tellRefusal(error);
    }
    setProgress(null);
  };
  const again = async (on: number[], wanted: BulkChange) => {
    setLeft(null);
    await readAgain(on);
    await change(wanted, on);
  };
  return (
    <div className={styles.bar} role="toolbar" aria-label={t`Chosen tickets`}>
      <span className={styles.count} role="status">
        {progress === null
          ? plural(count, { one: '# chosen', other: '# chosen' })
          : t`${progress.dealt} of ${progress.total} done`}
      </span>
      {progress?.id ? (
        <Button size="s" onPress={() => void api.bulk.cancel(progress.id ?? 0).catch(tellRefusal)}>
          {t`Stop`}
        </Button>
      ) : (
        <Choices
          isBusy={progress !== null}
          onChange={(wanted) => void change(wanted)}
          onReply={() => setWrites(true)}
        />
      )}
      <IconButton
        size="s"
        label={t`Choose none`}
        icon={<X size={16} aria-hidden />}
        onPress={onClear}
      />
      <Suspense>
        {writes && (
          <BulkReply
            count={count}
            onClose={() => setWrites(false)}
            onSend={(wanted) => {
              setWrites(false);
              void change(wanted);
            }}
          />
        )}
        {left && (
          <BulkLeftDialog
            work={left.work}
            onClose={() => setLeft(null)}
            onAgain={(on) => void again(on, left.change)}
          />
        )}
      </Suspense>
    </div>
  );
}

interface ChoicesProps {
  isBusy: boolean;
  onChange: (change: BulkChange) => void;
}

function Choices({ isBusy, onChange, onReply }: ChoicesProps & { onReply: () => void }) {
  const macros = useMacros();
  return (
    <>
      <Menu
        label={t`Status`}
        trigger={<Button size="s" isDisabled={isBusy}>{t`Status`}</Button>}
        entries={SETTABLE_STATUSES.map((status) => ({
          id: status,
          label: statusLabel(status),
          onAction: () => onChange(act({ action: 'set_status', status })),
        }))}
      />
      <Menu
        label={t`Priority`}
        trigger={<Button size="s" isDisabled={isBusy}>{t`Priority`}</Button>}
        entries={PRIORITIES.map((priority) => ({
          id: priority,
          label: priorityLabel(priority),
          onAction: () => onChange(act({ action: 'set_priority', priority })),
        }))}
      />
      <Assignee isBusy={isBusy} onChange={onChange} />
      <Tag isBusy={isBusy} onChange={onChange} />
      {macros.some((it) => it.actions.length > 0) && (
        <Menu
          label={t`Macro`}
          trigger={
            <Button size="s" isDisabled={isBusy} icon={<Zap size={14} aria-hidden />}>
              {t`Macro`}
            </Button>
          }
          entries={macros
            .filter((it) => it.actions.length > 0)
            .map((it) => ({
              id: String(it.id),
              label: it.name,
              onAction: () => onChange({ kind: 'macro', macro_id: it.id }),
            }))}
        />
      )}
      <Button
        size="s"
        isDisabled={isBusy}
        icon={<Reply size={14} className="mirror" aria-hidden />}
        onPress={onReply}
      >
        {t`Reply`}
      </Button>
    </>
  );
}

function Assignee({ isBusy, onChange }: ChoicesProps) {
  const { me } = useSession();
  const [isOpen, setIsOpen] = useState(false);
  const agents = useAgents().filter((it) => it.status === 'active' && it.role !== 'light_agent');
  const choose = ([id]: string[]) => {
    if (id === undefined) return;
    onChange(act({ action: 'assign', to: id === NOBODY ? 'nobody' : { agent: Number(id) } }));
  };
  return (
    <Picker
      label={t`Assign to`}
      emptyText={t`No colleague of that name.`}
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <Button size="s" isDisabled={isBusy} icon={<UserPlus size={14} aria-hidden />}>
          {t`Assign`}
        </Button>
      }
      selected={[]}
      onChange={choose}
      options={[
        ...agents.map((agent) => ({
          id: String(agent.id),
          label: agent.id === me.agent.id ? t`${agent.name} (you)` : agent.name,
          icon: <Avatar name={agent.name} size={22} />,
        })),
        { id: NOBODY, label: t`Nobody`, icon: <X size={16} aria-hidden /> },
      ]}
    />
  );
}

function Tag({ isBusy, onChange }: ChoicesProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [search, setSearch] = useState('');
  const tags = useTags();
  const add = (name: string) => {
    setIsOpen(false);
    setSearch('');
    onChange({ kind: 'actions', add_tags: [name] });
  };
  return (
    <Picker
      label={t`Add a tag`}
      emptyText={t`No tags yet. Type a name to make one.`}
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      search={search}
      onSearch={setSearch}
      trigger={
        <Button size="s" isDisabled={isBusy} icon={<TagIcon size={14} aria-hidden />}>
          {t`Tag`}
        </Button>
      }
      selected={[]}
      onChange={([name]) => name && add(name)}
      options={tags.map(({ name }) => ({ id: name, label: name }))}
      create={{ label: (text) => t`Make the tag “${text}”`, onCreate: add }}
    />
  );
}

/** Says what was done, and offers the way back. */
function tell(work: BulkWork, kind: BulkChange['kind']): void {
  const { done } = work.tally;
  if (done === 0) return;
  const text =
    kind === 'reply'
      ? plural(done, { one: 'Reply written on # ticket', other: 'Reply written on # tickets' })
      : plural(done, { one: '# ticket changed', other: '# tickets changed' });
  offerUndo(text, () => void back(work.id), UNDO_MS);
}

async function back(id: number): Promise<void> {
  try {
    const { tally } = await followMany(await api.bulk.undo(id), () => undefined);
    const undone = plural(tally.undone, {
      one: '# ticket is as it was before',
      other: '# tickets are as they were before',
    });
    const mails = plural(tally.mails_left, {
      one: '# mail had left and can’t be taken back',
      other: '# mails had left and can’t be taken back',
    });
    const text = tally.mails_left > 0 ? `${undone}. ${mails}.` : undone;
    toast({ text, tone: tally.mails_left > 0 ? 'bad' : 'good' });
  } catch (error) {
    tellRefusal(error);
  }
}
