import type { Address, Ticket } from '@evenkeel/api';
import { Button, Dialog } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { changePeople } from '../../../store/commands';
import { AddressField } from './AddressField';
import styles from './Tickets.module.css';

interface PeopleProps {
  ticket: Ticket;
  onOpenChange: (isOpen: boolean) => void;
}

const sameEmails = (a: readonly Address[], b: readonly Address[]) =>
  a.map(({ email }) => email).join(' ') === b.map(({ email }) => email).join(' ');

/** Changes whose ticket it is and who gets copies. */
export default function People({ ticket, onOpenChange }: PeopleProps) {
  const [requester, setRequester] = useState<Address[]>([ticket.requester]);
  const [cc, setCc] = useState<Address[]>(ticket.cc.map(({ name, email }) => ({ name, email })));
  const [isSaving, setIsSaving] = useState(false);
  const [person] = requester;

  const save = async () => {
    if (!person) return;
    setIsSaving(true);
    const isSamePerson = person.email === ticket.requester.email;
    const done = await changePeople(ticket.id, {
      requester: isSamePerson ? undefined : person,
      cc: sameEmails(cc, ticket.cc) ? undefined : cc,
    });
    setIsSaving(false);
    if (done) onOpenChange(false);
  };
  return (
    <Dialog
      isOpen
      onOpenChange={onOpenChange}
      title={t`Requester and copies`}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={() => onOpenChange(false)}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            isDisabled={!person}
            isPending={isSaving}
            onPress={() => void save()}
          >
            {t`Save`}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <AddressField
          single
          label={t`Requester`}
          value={requester}
          onChange={setRequester}
          errorMessage={person ? undefined : t`A ticket always belongs to somebody.`}
        />
        <AddressField label={t`Copies to`} value={cc} onChange={setCc} />
        <p className={styles.hint}>
          {t`Everybody here gets the next reply and can answer into this ticket.`}
        </p>
      </div>
    </Dialog>
  );
}
