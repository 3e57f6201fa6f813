import { Button, toast } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Copy } from 'lucide-react';
import { useRef } from 'react';
import styles from './CopyLine.module.css';

/** A secret or link on a line of its own, with a button that copies it. */
export function CopyLine({ text }: { text: string }) {
  const { t } = useLingui();
  const line = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast({ text: t`Copied`, tone: 'good' });
    } catch {
      // The clipboard is closed to pages on plain http: mark the text for a copy by hand.
      if (line.current) getSelection()?.selectAllChildren(line.current);
      toast({ text: t`Your browser doesn’t let us copy. The text is marked; copy it by hand.` });
    }
  };
  return (
    <div className={styles.line}>
      <code ref={line}>{text}</code>
      <Button size="s" icon={<Copy size={14} aria-hidden />} onPress={() => void copy()}>
        <Trans>Copy</Trans>
      </Button>
    </div>
  );
}
