import type { MacroVariant } from '@evenkeel/api';
import { Button, IconButton, TextField } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { Plus, X } from 'lucide-react';
import { RichTextField } from '../../forms/RichTextField';
import styles from './Macros.module.css';

interface VariantsProps {
  value: MacroVariant[];
  onChange: (variants: MacroVariant[]) => void;
}

/** The text in other languages; the customer's language is taken when it is there. */
export function Variants({ value, onChange }: VariantsProps) {
  const { t } = useLingui();
  const change = (index: number, part: Partial<MacroVariant>) =>
    onChange(value.map((it, at) => (at === index ? { ...it, ...part } : it)));
  return (
    <>
      {value.map((variant, index) => (
        <section
          className={styles.section}
          // A language may be typed anew; the place is what stays.
          key={index}
        >
          <div className={styles.variant}>
            <TextField
              label={t`Language`}
              description={t`Its short name, such as de or pt-BR.`}
              value={variant.language}
              onChange={(language) => change(index, { language: language.trim() })}
            />
            <IconButton
              label={t`Remove this language`}
              icon={<X size={16} aria-hidden />}
              onPress={() => onChange(value.filter((_, at) => at !== index))}
            />
          </div>
          <RichTextField
            label={t`Text in this language`}
            value={variant.html}
            onChange={(html) => change(index, { html })}
          />
        </section>
      ))}
      <div>
        <Button
          size="s"
          variant="quiet"
          icon={<Plus size={15} aria-hidden />}
          onPress={() => onChange([...value, { language: '', html: '' }])}
        >
          {t`Add a language`}
        </Button>
      </div>
    </>
  );
}
