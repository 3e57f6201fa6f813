/** Turns problems of the API into words a person can act on. */
import { isProblem } from '@evenkeel/api';
import { Banner, ErrorState } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useFormat } from '../../i18n';

/** The words for any failed call; the server's own sentence where it knows more than the code. */
export function useProblemWords(): (error: unknown) => string {
  const { t } = useLingui();
  const format = useFormat();
  return (error) => {
    if (!isProblem(error)) return t`Something went wrong. Please try again.`;
    switch (error.code) {
      case 'unreachable':
        return t`Evenkeel can’t be reached right now. Check your connection and try again.`;
      case 'wrong_credentials':
        return t`That email and password don’t belong together. Check both and try again.`;
      case 'too_many_requests':
      case 'locked_out': {
        if (error.retryAfter === null) return t`Too many attempts. Please wait a moment.`;
        const then = new Date(Date.now() + Math.max(60, error.retryAfter) * 1000);
        return t`Too many attempts. Please try again ${format.relative(then, Date.now())}.`;
      }
      case 'stale_version':
        return t`Somebody else has changed this in the meantime. What you see is up to date again; please make your change once more.`;
      case 'not_allowed':
        return t`Your role doesn’t allow this. An admin can help.`;
      case 'not_found':
        return t`This doesn’t exist any more.`;
      case 'unexpected':
        return t`The server gave an answer we don’t understand. Please try again.`;
      default:
        return error.detail || t`Something went wrong. Please try again.`;
    }
  };
}

/** "is shorter than 12 characters" → "Is shorter than 12 characters." */
function sentence(words: string): string {
  const [first = '', ...rest] = words.trim();
  const whole = first.toLocaleUpperCase() + rest.join('');
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

const sentences = (...parts: (string | null)[]) =>
  parts
    .filter((part) => part !== null && part !== '')
    .map((part) => sentence(part ?? ''))
    .join(' ');

/** What one field of a form has to say about a refused save. */
export function fieldWords(error: unknown, name: string): string | undefined {
  if (!isProblem(error)) return undefined;
  const field = error.field(name);
  if (!field) return undefined;
  return sentences(field.reason, field.mend);
}

/** The part of a refusal that no visible field says; nothing when there is none. */
export function ProblemBanner({ error, fields = [] }: { error: unknown; fields?: string[] }) {
  const words = useProblemWords();
  if (!error) return null;
  const elsewhere = isProblem(error)
    ? error.fields.filter(({ field }) => !fields.includes(field))
    : [];
  const saidByFields = isProblem(error) && error.fields.length > 0 && elsewhere.length === 0;
  if (saidByFields) return null;
  return (
    <Banner tone="bad" live title={elsewhere.length === 0 ? words(error) : undefined}>
      {elsewhere.map(({ field, reason, mend }) => (
        <p key={field}>{sentences(`${field} ${reason}`, mend)}</p>
      ))}
    </Banner>
  );
}

/** Stands in place of a list or page that could not be loaded. */
export function LoadProblem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const words = useProblemWords();
  return (
    <ErrorState
      title={<Trans>This couldn’t be loaded</Trans>}
      retryLabel={<Trans>Try again</Trans>}
      onRetry={onRetry}
    >
      {words(error)}
    </ErrorState>
  );
}
