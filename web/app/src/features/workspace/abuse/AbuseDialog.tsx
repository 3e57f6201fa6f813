import type { AbuseKind, AbuseStep, MessageItem, Ticket, TicketAbuse } from '@evenkeel/api';
import {
  Button,
  Checkbox,
  Dialog,
  RadioGroup,
  Select,
  TextArea,
  TextField,
  toast,
} from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { ABUSE_KINDS, abuseKindLabel } from '../../../lib/careWords';
import { api, useSession } from '../../../session';
import { useAgents, useTeams } from '../../../store';
import { tellRefusal } from '../../../store/commands';
import styles from './Abuse.module.css';

interface AbuseDialogProps {
  ticket: Ticket;
  message: MessageItem;
  abuse: TicketAbuse;
  onClose: () => void;
}

/** Marks a message, and what can be done about it; the ladder unfolds step by step. */
export default function AbuseDialog({ ticket, message, abuse, onClose }: AbuseDialogProps) {
  const { can } = useSession();
  const mark = abuse.marks.find((it) => it.number === message.number);
  const [isBusy, setIsBusy] = useState(false);
  const act: Act = async (work, done, closes = true) => {
    setIsBusy(true);
    try {
      await work();
      toast({ text: done, tone: 'good' });
      if (closes) onClose();
    } catch (error) {
      tellRefusal(error);
    } finally {
      setIsBusy(false);
    }
  };
  const speaks = abuse.offered.filter((step) => step === 'warn' || step === 'end');
  const limits = abuse.offered.filter((step) => step === 'restrict' || step === 'block');
  const parts = { ticket, isBusy, act };
  return (
    <Dialog
      title={t`Abusive message`}
      closeLabel={t`Close`}
      isOpen
      isAlert={false}
      size="m"
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <MarkPart {...parts} message={message} abuse={abuse} />
      {mark && <HandOverPart {...parts} />}
      {mark && speaks.map((step) => <SpeakPart key={step} {...parts} step={step} abuse={abuse} />)}
      {mark && can('queue.lead') && limits.length > 0 && <LimitPart {...parts} />}
    </Dialog>
  );
}

type Act = (work: () => Promise<unknown>, done: string, closes?: boolean) => Promise<void>;
interface PartProps {
  ticket: Ticket;
  isBusy: boolean;
  act: Act;
}

function MarkPart(props: PartProps & { message: MessageItem; abuse: TicketAbuse }) {
  const { ticket, message, abuse, isBusy, act } = props;
  const mark = abuse.marks.find((it) => it.number === message.number);
  const [kind, setKind] = useState<AbuseKind>(mark?.kind ?? 'insult');
  const [note, setNote] = useState(mark?.note ?? '');
  const save = () => api.abuse.mark(ticket.id, message.number, { kind, note: note || null });
  return (
    <form
      className={styles.group}
      onSubmit={(event) => {
        event.preventDefault();
        void act(save, t`Marked; it is folded for everybody`, false);
      }}
    >
      <p>{t`Anger about us is not abuse. What attacks a person is.`}</p>
      <RadioGroup
        label={t`What is it?`}
        value={kind}
        onChange={setKind}
        options={ABUSE_KINDS.map((id) => ({ id, label: abuseKindLabel(id) }))}
      />
      <TextField label={t`Note for colleagues (optional)`} value={note} onChange={setNote} />
      <div className={styles.buttons}>
        <Button type="submit" variant={mark ? 'secondary' : 'primary'} isPending={isBusy}>
          {mark ? t`Change the mark` : t`Mark as abusive`}
        </Button>
        {mark && (
          <Button
            variant="quiet"
            onPress={() =>
              void act(() => api.abuse.unmark(ticket.id, message.number), t`The mark is gone`)
            }
          >
            {t`Remove the mark`}
          </Button>
        )}
      </div>
    </form>
  );
}

function HandOverPart({ ticket, isBusy, act }: PartProps) {
  const { me } = useSession();
  const agents = useAgents();
  const [agent, setAgent] = useState('queue');
  const [pause, setPause] = useState(true);
  const others = agents.filter(
    (it) => it.id !== me.agent.id && it.role !== 'light_agent' && it.status === 'active',
  );
  const to = agent === 'queue' ? null : Number(agent);
  return (
    <section className={styles.group} aria-label={t`Hand over`}>
      <h3>{t`You don’t have to go on with this`}</h3>
      <Select
        label={t`Hand it to`}
        value={agent}
        onChange={setAgent}
        options={[
          { id: 'queue', label: t`Whoever takes it from the queue` },
          ...others.map((it) => ({ id: String(it.id), label: it.name })),
        ]}
      />
      <Checkbox isSelected={pause} onChange={setPause}>
        {t`Take a few minutes for myself`}
      </Checkbox>
      <div className={styles.buttons}>
        <Button
          isDisabled={isBusy}
          onPress={() =>
            void act(
              () => api.abuse.handOver(ticket.id, { agent_id: to, pause }),
              pause ? t`Handed over. Take your time.` : t`Handed over`,
            )
          }
        >
          {pause ? t`Hand over and pause` : t`Hand over`}
        </Button>
      </div>
    </section>
  );
}

function SpeakPart({
  ticket,
  abuse,
  step,
  isBusy,
  act,
}: PartProps & { abuse: TicketAbuse; step: AbuseStep }) {
  const isWarning = step === 'warn';
  const [text, setText] = useState(isWarning ? abuse.warn_text : abuse.end_text);
  const [key] = useState(() => crypto.randomUUID());
  return (
    <section className={styles.group} aria-label={isWarning ? t`Warn` : t`End the contact`}>
      <h3>{isWarning ? t`Warn` : t`End the contact`}</h3>
      <p>
        {isWarning
          ? t`Goes out as your reply; the ticket waits for the customer.`
          : t`Goes out as your reply; the ticket is solved.`}
      </p>
      <TextArea label={t`What the customer reads`} rows={4} value={text} onChange={setText} />
      <div className={styles.buttons}>
        <Button
          isDisabled={isBusy || text.trim() === ''}
          onPress={() =>
            void act(
              () => api.abuse.reply(ticket.id, { step, text }, key),
              isWarning ? t`The warning is on its way` : t`The contact is ended`,
            )
          }
        >
          {isWarning ? t`Send the warning` : t`End the contact`}
        </Button>
      </div>
    </section>
  );
}

function LimitPart({ ticket, isBusy, act }: PartProps) {
  const teams = useTeams();
  const [step, setStep] = useState<'restrict' | 'block'>('restrict');
  const [days, setDays] = useState('30');
  const [reason, setReason] = useState('');
  const [team, setTeam] = useState('any');
  const [slow, setSlow] = useState(false);
  const [key] = useState(() => crypto.randomUUID());
  const isRestriction = step === 'restrict';
  const limit = () =>
    api.abuse.limit(
      ticket.requester.id,
      {
        step,
        days: Number(days),
        reason,
        ticket_id: ticket.id,
        team_id: isRestriction && team !== 'any' ? Number(team) : null,
        slow: isRestriction && slow,
      },
      key,
    );
  return (
    <section className={styles.group} aria-label={t`Restrict or block`}>
      <h3>{t`Restrict or block`}</h3>
      <RadioGroup
        label={t`How`}
        value={step}
        onChange={setStep}
        options={[
          {
            id: 'restrict',
            label: t`Restrict`,
            detail: t`Their mail goes to one team, or waits behind others.`,
          },
          {
            id: 'block',
            label: t`Block`,
            detail: t`Their mail is kept and laid aside; they are told once how to object.`,
          },
        ]}
      />
      <TextField label={t`For how many days`} inputMode="numeric" value={days} onChange={setDays} />
      {isRestriction && (
        <>
          <Select
            label={t`Only to this team`}
            value={team}
            onChange={setTeam}
            options={[
              { id: 'any', label: t`Any team` },
              ...teams.map((it) => ({ id: String(it.id), label: it.name })),
            ]}
          />
          <Checkbox isSelected={slow} onChange={setSlow}>
            {t`New tickets wait behind others`}
          </Checkbox>
        </>
      )}
      <TextField label={t`Why?`} value={reason} onChange={setReason} isRequired />
      <div className={styles.buttons}>
        <Button
          variant="danger"
          isDisabled={isBusy || reason.trim() === '' || !(Number(days) > 0)}
          onPress={() => void act(limit, isRestriction ? t`Restricted` : t`Blocked`)}
        >
          {isRestriction ? t`Restrict` : t`Block`}
        </Button>
      </div>
    </section>
  );
}
