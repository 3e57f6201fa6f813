import type { OptionInput } from '@evenkeel/api';
import { Button, Checkbox, IconButton, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Plus, X } from 'lucide-react';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import styles from './Fields.module.css';

const DEPTH_MAX = 4;

/** An option with a name of its own while it is edited. */
export type Draft = OptionInput & { depth: number; retired: boolean; row: number };

export const draft = (row: number, depth = 0): Draft => ({ row, label: '', depth, retired: false });

type OptionTreeProps = {
  options: readonly Draft[];
  onChange: (options: Draft[]) => void;
  words: (name: string) => string | undefined;
};

/**
 * A tree of options, a line each. Enter adds one below, Alt with an arrow moves a line: up, down,
 * in under the one above, or out.
 */
export function OptionTree({ options, onChange, words }: OptionTreeProps) {
  const { t } = useLingui();
  const inputs = useRef(new Map<number, HTMLInputElement>());
  const focus = useRef<number | null>(null);
  const last = useRef(0);
  useEffect(() => {
    if (focus.current === null) return;
    inputs.current.get(focus.current)?.focus();
    focus.current = null;
  });
  const fresh = () => {
    last.current = Math.max(last.current, ...options.map((each) => each.row)) + 1;
    focus.current = last.current;
    return last.current;
  };
  const put = (next: Draft[]) => onChange(tidy(next));
  const edit = (row: number, part: Partial<Draft>) =>
    put(options.map((each) => (each.row === row ? { ...each, ...part } : each)));
  const keys = (event: KeyboardEvent, option: Draft, place: number) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      put(options.toSpliced(place + 1, 0, draft(fresh(), option.depth)));
    } else if (event.altKey && event.key.startsWith('Arrow')) {
      event.preventDefault();
      focus.current = option.row;
      const isMirrored = getComputedStyle(event.currentTarget).direction === 'rtl';
      const deeper = isMirrored ? 'ArrowLeft' : 'ArrowRight';
      if (event.key === 'ArrowUp' && place > 0) {
        put(options.toSpliced(place, 1).toSpliced(place - 1, 0, option));
      } else if (event.key === 'ArrowDown') {
        put(options.toSpliced(place, 1).toSpliced(place + 1, 0, option));
      } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
        edit(option.row, { depth: option.depth + (event.key === deeper ? 1 : -1) });
      }
    }
  };
  return (
    <div className={styles.tree} role="group" aria-label={t`Options`}>
      <p className={styles.hint}>
        <Trans>
          Enter adds a line. Alt and an arrow key move it up, down, in under the line above, or out.
        </Trans>
      </p>
      {options.map((option, place) => (
        <div
          key={option.row}
          className={styles.option}
          style={{ marginInlineStart: `${option.depth * 1.5}rem` }}
        >
          <TextField
            label={t`Option ${place + 1}, level ${option.depth + 1}`}
            hideLabel
            value={option.label}
            onChange={(label) => edit(option.row, { label })}
            onKeyDown={(event) => keys(event, option, place)}
            errorMessage={words(`options.${place}.label`) ?? words(`options.${place}.key`)}
            inputRef={(input) => {
              if (input) inputs.current.set(option.row, input);
              else inputs.current.delete(option.row);
            }}
          />
          <Checkbox
            isSelected={option.retired}
            onChange={(retired) => edit(option.row, { retired })}
            aria-label={t`${option.label} is retired`}
          >
            <Trans>Retired</Trans>
          </Checkbox>
          <IconButton
            size="s"
            label={t`Remove ${option.label}`}
            icon={<X size={14} aria-hidden />}
            onPress={() => put(options.toSpliced(place, 1))}
          />
        </div>
      ))}
      <Button
        size="s"
        icon={<Plus size={14} aria-hidden />}
        onPress={() => put([...options, draft(fresh())])}
      >
        <Trans>Add an option</Trans>
      </Button>
    </div>
  );
}

/** No line stands more than one level below the one before it. */
function tidy(options: readonly Draft[]): Draft[] {
  let most = 0;
  return options.map((option) => {
    const depth = Math.max(0, Math.min(option.depth, most, DEPTH_MAX));
    most = depth + 1;
    return { ...option, depth };
  });
}
