import { Button, Dialog } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { ProblemBanner } from './problems';

type ConfirmDialogProps = {
  title: string;
  /** The words on the button that does it; says what, not "OK". */
  action: string;
  onConfirm: () => void;
  onClose: () => void;
  isBusy?: boolean;
  error?: unknown;
  children: ReactNode;
};

/** Asks before something that can't be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { t } = useLingui();
  return (
    <Dialog
      title={props.title}
      closeLabel={t`Close`}
      isOpen
      isAlert
      size="s"
      onOpenChange={(isOpen) => !isOpen && props.onClose()}
      actions={
        <>
          <Button onPress={props.onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="danger" isPending={props.isBusy} onPress={props.onConfirm}>
            {props.action}
          </Button>
        </>
      }
    >
      <ProblemBanner error={props.error} />
      {props.children}
    </Dialog>
  );
}
