import { useLingui } from '@lingui/react/macro';
import { Ban, Check } from 'lucide-react';
import { Label, Radio, RadioGroup } from 'react-aria-components/RadioGroup';
import styles from './ColorChoice.module.css';

type ColorChoiceProps = { value: string | null; onChange: (color: string | null) => void };

/** One of eight colours, or none. All carry white marks at 4.5:1. */
export function ColorChoice({ value, onChange }: ColorChoiceProps) {
  const { t } = useLingui();
  const colors = [
    { color: '#b0271f', name: t`Red` },
    { color: '#a14b00', name: t`Orange` },
    { color: '#7a6200', name: t`Yellow` },
    { color: '#1d6f42', name: t`Green` },
    { color: '#0c6a68', name: t`Teal` },
    { color: '#1f5fa8', name: t`Blue` },
    { color: '#7040b0', name: t`Purple` },
    { color: '#a3276f', name: t`Pink` },
  ];
  return (
    <RadioGroup
      className={styles.group}
      orientation="horizontal"
      value={value ?? ''}
      onChange={(color) => onChange(color || null)}
    >
      <Label className={styles.label}>{t`Colour`}</Label>
      <div className={styles.swatches}>
        <Radio value="" aria-label={t`No colour`} className={styles.swatch} data-none>
          <Ban size={15} aria-hidden />
        </Radio>
        {colors.map(({ color, name }) => (
          <Radio
            key={color}
            value={color}
            aria-label={name}
            className={styles.swatch}
            style={{ background: color }}
          >
            {({ isSelected }) =>
              isSelected ? <Check size={16} strokeWidth={3} aria-hidden /> : null
            }
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
