import { newKey, type InboxCheck } from '@evenkeel/api';
import { Page, toast } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { Check } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api } from '../../auth/client';
import { useSession } from '../../auth/session';
import { useSave } from '../../forms/useSave';
import { KEYS, useSaveReference } from '../queries';
import { AccountStage } from './AccountStage';
import { CheckStage } from './CheckStage';
import { newDraft, toCheck, toInput, type InboxDraft } from './draft';
import { FinishStage } from './FinishStage';
import styles from './Inboxes.module.css';

type Stage = 'account' | 'check' | 'finish';
const STAGES: readonly Stage[] = ['account', 'check', 'finish'];

/** Connects a mailbox in three steps: whose it is, whether it works, how to begin. */
export function NewInboxPage() {
  const { t } = useLingui();
  const { me } = useSession();
  const navigate = useNavigate();
  const [stage, setStage] = useState<Stage>('account');
  const [draft, setDraft] = useState<InboxDraft>(() => newDraft(me.workspace.name));
  const [check, setCheck] = useState<InboxCheck | null>(null);
  const [key] = useState(newKey);
  const change = (part: Partial<InboxDraft>) => setDraft((before) => ({ ...before, ...part }));
  const checking = useSave((tried: InboxDraft) => api.inboxes.check(toCheck(tried)), {
    onSaved: setCheck,
  });
  const saving = useSaveReference(() => api.inboxes.create(toInput(draft), key), {
    refreshes: [KEYS.inboxes],
    onSaved: async (inbox) => {
      toast({ text: t`${inbox.address} is connected.`, tone: 'good' });
      await navigate('/app/admin/inboxes');
    },
  });
  const tryIt = () => {
    setStage('check');
    setCheck(null);
    checking.reset();
    checking.save(draft);
  };
  return (
    <Page title={t`Connect an inbox`}>
      <Progress stage={stage} />
      <div className={styles.guide}>
        {stage === 'account' && <AccountStage draft={draft} onChange={change} onNext={tryIt} />}
        {stage === 'check' && (
          <CheckStage
            check={check}
            isBusy={checking.isSaving}
            error={checking.error}
            onBack={() => setStage('account')}
            onRetry={tryIt}
            onNext={() => setStage('finish')}
          />
        )}
        {stage === 'finish' && (
          <FinishStage
            draft={draft}
            onChange={change}
            isBusy={saving.isSaving}
            error={saving.error}
            onBack={() => setStage('account')}
            onSave={() => saving.save(undefined)}
          />
        )}
      </div>
    </Page>
  );
}

function Progress({ stage }: { stage: Stage }) {
  const { t } = useLingui();
  const names: Record<Stage, string> = {
    account: t`Your mailbox`,
    check: t`Check`,
    finish: t`How to begin`,
  };
  const now = STAGES.indexOf(stage);
  return (
    <ol className={styles.progress} aria-label={t`Steps`}>
      {STAGES.map((id, index) => (
        <li
          key={id}
          className={styles.stage}
          aria-current={index === now ? 'step' : undefined}
          data-done={index < now || undefined}
        >
          <span className={styles.number}>
            {index < now ? <Check size={14} aria-label={t`Done`} role="img" /> : index + 1}
          </span>
          {names[id]}
        </li>
      ))}
    </ol>
  );
}
