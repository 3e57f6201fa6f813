import type { Ticket } from '@evenkeel/api';
import { Button, Dialog, IconButton, Menu } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { AlarmClock, AlarmClockOff } from 'lucide-react';
import { useState } from 'react';
import { useFormat } from '../../../i18n';
import { keysOf } from '../../../actions/catalogue';
import { changeTicket } from '../../../store/commands';
import { TimeField } from '../tickets/TimeField';
import { laterChoices } from '../tickets/later';
import type { Pickers } from './useTicketActions';

/** Puts a ticket away until a time, or wakes it. */
export function Snooze({ ticket, pickers }: { ticket: Ticket; pickers: Pickers }) {
  const format = useFormat();
  const [choosesTime, setChoosesTime] = useState(false);
  const snooze = (until: Date) => {
    const done = t`Snoozed until ${format.dateTime(until)}`;
    void changeTicket(ticket.id, { snoozed_until: until.toISOString() }, done);
  };
  const wake = () => void changeTicket(ticket.id, { snoozed_until: null }, t`Awake again`);
  const choices = laterChoices(new Date());
  return (
    <>
      <Menu
        label={t`Snooze until`}
        placement="bottom end"
        isOpen={pickers.open === 'snooze'}
        onOpenChange={(isOpen) => pickers.setOpen(isOpen ? 'snooze' : null)}
        trigger={
          <IconButton
            size="s"
            label={
              ticket.snoozed_until
                ? t`Snoozed until ${format.dateTime(ticket.snoozed_until)}`
                : t`Snooze`
            }
            keys={keysOf('ticket.snooze')}
            isSelected={ticket.snoozed_until !== null}
            icon={<AlarmClock size={17} aria-hidden />}
          />
        }
        entries={[
          ...choices.map(({ id, label, at }) => ({
            id,
            label,
            detail: format.dateTime(at),
            onAction: () => snooze(at),
          })),
          {
            id: 'other',
            label: t`Another time…`,
            startsGroup: true,
            onAction: () => setChoosesTime(true),
          },
          ...(ticket.snoozed_until
            ? [
                {
                  id: 'wake',
                  label: t`Wake it now`,
                  icon: <AlarmClockOff size={16} aria-hidden />,
                  onAction: wake,
                },
              ]
            : []),
        ]}
      />
      {choosesTime && (
        <ChooseTime
          title={t`Snooze until`}
          action={t`Snooze`}
          onClose={() => setChoosesTime(false)}
          onChoose={snooze}
        />
      )}
    </>
  );
}

interface ChooseTimeProps {
  title: string;
  action: string;
  onChoose: (at: Date) => void;
  onClose: () => void;
}

/** Asks for a day and a time in the future. */
export function ChooseTime({ title, action, onChoose, onClose }: ChooseTimeProps) {
  const [at, setAt] = useState<Date | null>(
    laterChoices(new Date()).find(({ id }) => id === 'tomorrow')?.at ?? null,
  );
  const isPast = at !== null && at.getTime() <= new Date().getTime();
  return (
    <Dialog
      isOpen
      size="s"
      title={title}
      closeLabel={t`Close`}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            isDisabled={at === null || isPast}
            onPress={() => {
              if (at) onChoose(at);
              onClose();
            }}
          >
            {action}
          </Button>
        </>
      }
    >
      <TimeField
        label={t`Day and time`}
        value={at}
        onChange={setAt}
        errorMessage={isPast ? t`This time is over. Choose a later one.` : undefined}
      />
    </Dialog>
  );
}
