import { TextField } from '@evenkeel/kit';

interface TimeFieldProps {
  label: string;
  value: Date | null;
  onChange: (value: Date | null) => void;
  errorMessage?: string;
}

/** The value a `datetime-local` field takes, in the person's own time zone. */
function toLocal(time: Date): string {
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** A day and a time of day; the browser's own field, which knows the person's habits. */
export function TimeField({ label, value, onChange, errorMessage }: TimeFieldProps) {
  return (
    <TextField
      label={label}
      type="datetime-local"
      value={value ? toLocal(value) : ''}
      onChange={(text) => onChange(text ? new Date(text) : null)}
      errorMessage={errorMessage}
    />
  );
}
