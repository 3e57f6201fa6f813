import type { BlindAnswer, SurveyAbout } from '@evenkeel/api';
import { Button, EmptyState, Page } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { EyeOff } from 'lucide-react';
import { ABOUTS, aboutLabel } from '../../lib/careWords';
import { KEYS } from '../admin/queries';
import { api } from '../auth/client';
import { LoadedPages } from '../forms/LoadedPages';
import { ProblemBanner } from '../forms/problems';
import { usePages } from '../forms/usePages';
import { useSave } from '../forms/useSave';
import styles from './Care.module.css';

/** Says of words what they are about, without knowing of whom they speak. */
export function AttributionPage() {
  const waiting = usePages([...KEYS.surveys, 'reviews'], (paging, signal) =>
    api.surveys.reviews(paging, signal),
  );
  const saving = useSave(
    ({ answer, about }: { answer: BlindAnswer; about: SurveyAbout }) =>
      api.surveys.attribute(answer.id, answer.version, about),
    { refreshes: [KEYS.surveys] },
  );
  return (
    <Page
      title={t`What is it about?`}
      description={
        <Trans>
          You see the words alone: no name, no marks, no ticket. Say what they are about; only those
          about the person count for a person, in praise as in blame.
        </Trans>
      }
    >
      <ProblemBanner error={saving.error} />
      <LoadedPages
        query={waiting}
        empty={
          <EmptyState icon={<EyeOff size={22} />} title={t`Nothing waits for you`}>
            <Trans>New words of customers will come here, except those about you.</Trans>
          </EmptyState>
        }
      >
        {(items) => (
          <ul className={styles.list}>
            {items.map((answer) => (
              <li key={answer.id} className={styles.item}>
                <p className={styles.text} dir="auto">
                  {answer.text}
                </p>
                <div className={styles.choices} role="group" aria-label={t`What is it about?`}>
                  {ABOUTS.map((about) => (
                    <Button
                      key={about}
                      size="s"
                      isDisabled={saving.isSaving}
                      onPress={() => saving.save({ answer, about })}
                    >
                      {aboutLabel(about)}
                    </Button>
                  ))}
                </div>
              </li>
            ))}
          </ul>
        )}
      </LoadedPages>
    </Page>
  );
}
