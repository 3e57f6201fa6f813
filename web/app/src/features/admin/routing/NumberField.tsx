import { TextField } from '@evenkeel/kit';

type NumberFieldProps = {
  label: string;
  /** Null: nothing, where that is allowed. */
  value: number | null;
  onChange: (value: number | null) => void;
  description?: string;
  errorMessage?: string | undefined;
};

/** A whole number; what is no number counts as nothing. */
export function NumberField({ value, onChange, ...field }: NumberFieldProps) {
  return (
    <TextField
      {...field}
      inputMode="numeric"
      value={value === null ? '' : String(value)}
      onChange={(text) => {
        const digits = text.replaceAll(/\D/g, '');
        onChange(digits === '' ? null : Number(digits));
      }}
    />
  );
}
