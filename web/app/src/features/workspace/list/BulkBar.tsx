import { Avatar, Button, IconButton, Menu, Picker, toast } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { Tag as TagIcon, UserPlus, X } from 'lucide-react';
import { useState } from 'react';
import { PRIORITIES, priorityLabel, SETTABLE_STATUSES, statusLabel } from '../../../lib/labels';
import { useSession } from '../../../session';
import { useAgents, useTags } from '../../../store';
import { changeMany, type BulkResult, type Decide } from '../../../store/bulk';
import { offerUndo } from '../../../store/commands';
import styles from './BulkBar.module.css';

interface BulkBarProps {
  ids: readonly number[];
  onClear: () => void;
}

const NOBODY = 'nobody';
/** Long enough to look at what was done before the way back goes. */
const UNDO_MS = 20_000;

/** What can be done with all chosen tickets at once. */
export default function BulkBar({ ids, onClear }: BulkBarProps) {
  const { me } = useSession();
  const [dealt, setDealt] = useState<number | null>(null);
  const count = ids.length;

  const change = async (decide: Decide) => {
    setDealt(0);
    const result = await changeMany(ids, decide, me.agent.id, setDealt);
    setDealt(null);
    tell(result);
    if (result.refused.length === 0) onClear();
  };
  return (
    <div className={styles.bar} role="toolbar" aria-label={t`Chosen tickets`}>
      <span className={styles.count} role="status">
        {dealt === null
          ? plural(count, { one: '# chosen', other: '# chosen' })
          : t`${dealt} of ${count} done`}
      </span>
      <Choices isBusy={dealt !== null} onChange={(decide) => void change(decide)} />
      <IconButton
        size="s"
        label={t`Choose none`}
        icon={<X size={16} aria-hidden />}
        onPress={onClear}
      />
    </div>
  );
}

interface ChoicesProps {
  isBusy: boolean;
  onChange: (decide: Decide) => void;
}

function Choices({ isBusy, onChange }: ChoicesProps) {
  return (
    <>
      <Menu
        label={t`Status`}
        trigger={<Button size="s" isDisabled={isBusy}>{t`Status`}</Button>}
        entries={SETTABLE_STATUSES.map((status) => ({
          id: status,
          label: statusLabel(status),
          onAction: () => onChange((it) => (it.status === status ? null : { status })),
        }))}
      />
      <Menu
        label={t`Priority`}
        trigger={<Button size="s" isDisabled={isBusy}>{t`Priority`}</Button>}
        entries={PRIORITIES.map((priority) => ({
          id: priority,
          label: priorityLabel(priority),
          onAction: () => onChange((it) => (it.priority === priority ? null : { priority })),
        }))}
      />
      <Assignee isBusy={isBusy} onChange={onChange} />
      <Tag isBusy={isBusy} onChange={onChange} />
    </>
  );
}

function Assignee({ isBusy, onChange }: ChoicesProps) {
  const { me } = useSession();
  const [isOpen, setIsOpen] = useState(false);
  const agents = useAgents().filter((it) => it.status === 'active' && it.role !== 'light_agent');
  const choose = ([id]: string[]) => {
    if (id === undefined) return;
    const assignee_id = id === NOBODY ? null : Number(id);
    onChange((it) => (it.assignee_id === assignee_id ? null : { assignee_id }));
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
    onChange((it) => (it.tags.includes(name) ? null : { tags: [...it.tags, name] }));
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

/** Says what was done and what was not, and offers the way back. */
function tell({ done, refused, undo }: BulkResult): void {
  const back = async () => {
    const result = await undo();
    const text = plural(result.done, {
      one: '# ticket is as it was before',
      other: '# tickets are as they were before',
    });
    toast({ text, tone: 'good' });
  };
  if (done > 0) {
    const text = plural(done, { one: '# ticket changed', other: '# tickets changed' });
    offerUndo(text, () => void back(), UNDO_MS);
  }
  const first = refused[0];
  if (first) {
    const others = refused.length - 1;
    const also = others > 0 ? plural(others, { one: '# more stayed', other: '# more stayed' }) : '';
    const text = [t`#${first.id} stays as it is. ${first.why}`, also].filter(Boolean).join(' ');
    toast({ text, tone: 'bad' });
  }
}
