import { newKey, type PracticeMail } from '@evenkeel/api';
import { Button, TextArea, TextField, toast } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Send } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api } from '../auth/client';
import { Form, Row } from '../forms/Form';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import styles from './Practice.module.css';

const FIELDS = ['from_name', 'from_email', 'subject', 'text'] as const;

/** Writes to the desk as a customer would. */
export function WriteMail({ address }: { address: string }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [key, setKey] = useState(newKey);
  const [mail, setMail] = useState<Required<PracticeMail>>({
    from_name: '',
    from_email: '',
    subject: '',
    text: '',
  });
  const sending = useSave((input: PracticeMail) => api.practice.send(input, key), {
    onSaved: () => {
      setKey(newKey());
      setMail((before) => ({ ...before, subject: '', text: '' }));
      toast({
        text: t`Sent. It becomes a ticket in a moment.`,
        tone: 'good',
        action: { label: t`Go to the tickets`, onPress: () => void navigate('/app/v/unassigned') },
      });
    },
  });
  const field = (name: keyof PracticeMail) => ({
    value: mail[name],
    onChange: (value: string) => setMail((before) => ({ ...before, [name]: value })),
    errorMessage: sending.words(name),
    isRequired: true,
  });
  const isComplete = FIELDS.every((name) => mail[name].trim() !== '');
  return (
    <section aria-labelledby="practice-write">
      <h2 id="practice-write" className={styles.title}>
        <Trans>Write as a customer</Trans>
      </h2>
      <Form label={t`Write as a customer`} onSubmit={() => sending.save(mail)}>
        <ProblemBanner error={sending.error} fields={[...FIELDS]} />
        <Row>
          <TextField
            {...field('from_name')}
            label={t`Your name`}
            placeholder={t`Ana Ruiz`}
            className={styles.half}
            autoComplete="off"
          />
          <TextField
            {...field('from_email')}
            label={t`Your email`}
            type="email"
            placeholder="ana@example.com"
            className={styles.half}
            autoComplete="off"
          />
        </Row>
        <TextField label={t`To`} value={address} isReadOnly />
        <TextField {...field('subject')} label={t`Subject`} />
        <TextArea {...field('text')} label={t`Message`} rows={8} />
        <div>
          <Button
            type="submit"
            variant="primary"
            icon={<Send size={15} aria-hidden className={styles.send} />}
            isPending={sending.isSaving}
            isDisabled={!isComplete}
          >
            <Trans>Send to the desk</Trans>
          </Button>
        </div>
      </Form>
    </section>
  );
}
