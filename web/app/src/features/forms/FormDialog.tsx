import { Button, Dialog } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useId, type ReactNode } from 'react';
import { Form } from './Form';
import { ProblemBanner } from './problems';

type FormDialogProps = {
  title: string;
  action: string;
  onSubmit: () => void;
  onClose: () => void;
  isBusy?: boolean;
  isIncomplete?: boolean;
  error?: unknown;
  /** Fields that show their own errors. */
  fields?: string[];
  size?: 's' | 'm' | 'l';
  children: ReactNode;
};

/** A small form in a window: fields, the refusal if any, Cancel and the one action. */
export function FormDialog(props: FormDialogProps) {
  const { t } = useLingui();
  const id = useId();
  return (
    <Dialog
      title={props.title}
      closeLabel={t`Close`}
      isOpen
      isAlert={false}
      size={props.size ?? 's'}
      onOpenChange={(isOpen) => !isOpen && props.onClose()}
      actions={
        <>
          <Button onPress={props.onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            type="submit"
            form={id}
            variant="primary"
            isPending={props.isBusy}
            isDisabled={props.isIncomplete}
          >
            {props.action}
          </Button>
        </>
      }
    >
      <Form id={id} onSubmit={props.onSubmit}>
        <ProblemBanner error={props.error} fields={props.fields} />
        {props.children}
      </Form>
    </Dialog>
  );
}
