import { Button } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import styles from './Admin.module.css';

type RowActionsProps = { name: string; onEdit: () => void; onDelete: () => void };

/** Edit and delete at the end of a row, named after it for those who can't see the row. */
export function RowActions({ name, onEdit, onDelete }: RowActionsProps) {
  const { t } = useLingui();
  return (
    <span className={styles.actions}>
      <Button size="s" aria-label={t`Edit ${name}`} onPress={onEdit}>
        <Trans>Edit</Trans>
      </Button>
      <Button size="s" variant="quiet" aria-label={t`Delete ${name}`} onPress={onDelete}>
        <Trans>Delete</Trans>
      </Button>
    </span>
  );
}
