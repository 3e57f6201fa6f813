import { newKey, type Task } from '@evenkeel/api';
import { Checkbox, IconButton, Select, TextField, toast } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useFormat } from '../../../i18n';
import { api, useSession } from '../../../session';
import { useAgents } from '../../../store';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { TimeField } from '../tickets/TimeField';
import { DAY, TOGETHER, useChecklists } from './queries';
import styles from './Together.module.css';

const REFRESHES = [TOGETHER, DAY];
const WHOEVER = 'whoever';
const NONE = 'none';

/** One task: a tick, and who and when. */
export function TaskLine({ task }: { task: Task }) {
  const { dateTime } = useFormat();
  const { can } = useSession();
  const agents = useAgents();
  const name = (id: number | null) => agents.find((agent) => agent.id === id)?.name ?? '';
  const ticking = useSave(
    (done: boolean) => api.tasks.update(task.id, { version: task.version, done }),
    { refreshes: REFRESHES },
  );
  const removing = useSave(() => api.tasks.delete(task.id), { refreshes: REFRESHES });
  const isDone = task.done_at !== null;
  const by = name(task.done_by);
  const words = [
    ...(task.done_at ? [t`Done by ${by}, ${dateTime(task.done_at)}`] : []),
    ...(!isDone && task.assignee_id ? [name(task.assignee_id)] : []),
    ...(!isDone && task.due_at ? [dateTime(task.due_at)] : []),
    ...(!isDone && task.required ? [t`needed`] : []),
  ];
  return (
    <li className={styles.item}>
      <div className={styles.words}>
        <Checkbox
          isSelected={isDone}
          isDisabled={!can('ticket.note') || ticking.isSaving}
          onChange={(done) => ticking.save(done)}
          detail={words.length > 0 && words.join(' · ')}
        >
          <span dir="auto" data-done={isDone || undefined} className={styles.task}>
            {task.title}
          </span>
        </Checkbox>
      </div>
      {can('ticket.note') && (
        <IconButton
          size="s"
          label={t`Remove the task “${task.title}”`}
          icon={<Trash2 size={14} aria-hidden />}
          onPress={() => removing.save(undefined)}
        />
      )}
    </li>
  );
}

/** Adds a task, or a whole checklist. */
export function TaskDialog({ ticketId, onClose }: { ticketId: number; onClose: () => void }) {
  const agents = useAgents().filter(({ status }) => status === 'active');
  const lists = useChecklists().data?.items ?? [];
  const [list, setList] = useState(NONE);
  const [title, setTitle] = useState('');
  const [assignee, setAssignee] = useState(WHOEVER);
  const [due, setDue] = useState<Date | null>(null);
  const [required, setRequired] = useState(false);
  const [key] = useState(newKey);
  const usesList = list !== NONE;
  const saving = useSave(
    async () => {
      if (usesList) {
        await api.checklists.use(ticketId, Number(list), key);
        return;
      }
      const assignee_id = assignee === WHOEVER ? null : Number(assignee);
      const due_at = due?.toISOString() ?? null;
      await api.tasks.create(ticketId, { title, required, assignee_id, due_at }, key);
    },
    { refreshes: REFRESHES, onSaved: onClose },
  );
  return (
    <FormDialog
      title={t`Something to do`}
      action={t`Add`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={!usesList && title.trim() === ''}
      error={saving.error}
      fields={['title', 'assignee_id', 'due_at']}
    >
      {lists.length > 0 && (
        <Select
          label={t`Checklist`}
          options={[
            { id: NONE, label: t`None, a single task` },
            ...lists.map(({ id, name }) => ({ id: String(id), label: name })),
          ]}
          value={list}
          onChange={setList}
        />
      )}
      {!usesList && (
        <>
          <TextField
            label={t`What is to be done`}
            value={title}
            onChange={setTitle}
            errorMessage={saving.words('title')}
            autoFocus
            isRequired
          />
          <Select
            label={t`Who does it`}
            options={[
              { id: WHOEVER, label: t`Whoever has the ticket` },
              ...agents.map(({ id, name }) => ({ id: String(id), label: name })),
            ]}
            value={assignee}
            onChange={setAssignee}
          />
          <TimeField label={t`By when (may be left open)`} value={due} onChange={setDue} />
          <Checkbox isSelected={required} onChange={setRequired}>
            {t`Warn when the ticket is solved without it`}
          </Checkbox>
        </>
      )}
    </FormDialog>
  );
}

/** Tells whoever solves a ticket of needed tasks that are still open; it never holds them up. */
export function useSolveWarning(status: string, tasks: readonly Task[] | undefined) {
  const before = useRef(status);
  const open = tasks?.filter(({ required, done_at }) => required && done_at === null).length ?? 0;
  useEffect(() => {
    const wasOpen = before.current !== 'solved' && before.current !== 'closed';
    before.current = status;
    if (status === 'solved' && wasOpen && open > 0) {
      toast({
        tone: 'neutral',
        text: plural(open, {
          one: 'This is solved, but # needed task is still open.',
          other: 'This is solved, but # needed tasks are still open.',
        }),
      });
    }
  }, [status, open]);
}
