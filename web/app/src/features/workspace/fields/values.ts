/** Which fields a ticket shows, which it still needs, and how values read. */
import type { Condition, Field, Form, FormField, Priority, TicketType } from '@evenkeel/api';
import { t } from '@lingui/core/macro';

/** What fields hold, by key; as the API gives and takes them. */
export type Values = Record<string, unknown>;

export interface Facts {
  type: TicketType | null;
  priority: Priority;
  values: Values;
}

export interface Shown {
  field: Field;
  /** Whether it must be filled in before the ticket is solved. */
  forSolving: boolean;
  /** Whether it must be filled in to begin the ticket. */
  forCreating: boolean;
}

/** What is filled in, without what was emptied again. */
export const filled = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)));

export const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.length === 0);

/** The form of a new ticket: the chosen one, else the inbox's, the brand's, the workspace's. */
export function defaultForm(
  forms: readonly Form[],
  inboxId: number | null,
  brandId: number | null,
): Form | undefined {
  const active = forms.filter((form) => form.active);
  return (
    active.find((form) => inboxId !== null && form.inbox_ids.includes(inboxId)) ??
    active.find((form) => brandId !== null && form.brand_ids.includes(brandId)) ??
    active.find((form) => form.is_default)
  );
}

/** The fields to show, in their order; without a form every field in use. */
export function shownFields(
  fields: readonly Field[],
  form: Form | undefined,
  facts: Facts,
): Shown[] {
  const inUse = fields.filter((field) => field.active);
  if (!form) {
    return inUse.map((field) => ({ field, forSolving: false, forCreating: false }));
  }
  let left = form.fields.filter((on) => inUse.some((field) => field.id === on.field_id));
  // What hangs on a hidden field is hidden too, so each round may hide more.
  for (;;) {
    const known = left;
    const next = known.filter((on) => isShown(on, known, inUse, facts));
    if (next.length === left.length) break;
    left = next;
  }
  return left.flatMap((on) => {
    const field = inUse.find((each) => each.id === on.field_id);
    const applies = !on.types?.length || (facts.type !== null && on.types.includes(facts.type));
    return field
      ? [
          {
            field,
            forSolving: applies && Boolean(on.required_on_solve),
            forCreating: applies && Boolean(on.required_on_create),
          },
        ]
      : [];
  });
}

function isShown(
  on: FormField,
  left: readonly FormField[],
  fields: readonly Field[],
  facts: Facts,
): boolean {
  const { all = [], any = [] } = on.show_when ?? {};
  const holds = (condition: Condition) => isMet(condition, left, fields, facts);
  return all.every(holds) && (any.length === 0 || any.some(holds));
}

function isMet(
  { field: name, op, value }: Condition,
  left: readonly FormField[],
  fields: readonly Field[],
  facts: Facts,
): boolean {
  if (name === 'type' || name === 'priority') return compare(op, [facts[name]], value);
  const id = Number(name.replace('field:', ''));
  const field = fields.find((each) => each.id === id);
  if (!field || !left.some((each) => each.field_id === id)) return false;
  const held = facts.values[field.key] ?? (field.type === 'checkbox' ? false : null);
  const list = Array.isArray(held) ? held : [held];
  if (op === 'under') return list.some((chosen) => chain(field, chosen).includes(Number(value)));
  return compare(op, list, value);
}

function compare(op: Condition['op'], held: unknown[], value: unknown): boolean {
  const present = held.filter((each) => !isEmpty(each));
  const among = (wanted: unknown) => present.some((each) => String(each) === String(wanted));
  const list = Array.isArray(value) ? value : [value];
  switch (op) {
    case 'set':
      return present.length > 0;
    case 'not_set':
      return present.length === 0;
    case 'is':
      return among(value);
    case 'is_not':
      return !among(value);
    case 'one_of':
      return list.some(among);
    case 'none_of':
      return !list.some(among);
    default:
      return false;
  }
}

/** An option and all above it. */
function chain(field: Field, chosen: unknown): number[] {
  const place = field.options.findIndex((option) => option.id === chosen);
  const option = field.options[place];
  if (!option) return [];
  const ids = [option.id];
  let depth = option.depth;
  for (const above of field.options.slice(0, place).reverse()) {
    if (above.depth < depth) {
      ids.push(above.id);
      depth = above.depth;
    }
  }
  return ids;
}

/** An option with what it stands under: “Delivery › Late”. */
export function optionPath(field: Field, id: number): string {
  const ids = chain(field, id).reverse();
  return ids
    .map((each) => field.options.find((option) => option.id === each)?.label ?? '')
    .join(' › ');
}

/** Options that can be chosen: neither they nor what they stand under is retired. */
export function openOptions(field: Field): Field['options'] {
  const retired = new Set(field.options.filter((each) => each.retired).map((each) => each.id));
  return field.options.filter((option) => !chain(field, option.id).some((id) => retired.has(id)));
}

interface Words {
  date: (time: string) => string;
  dateTime: (time: string) => string;
  list: (items: readonly string[]) => string;
}

/** A value in words. */
export function valueWords(field: Field, value: unknown, format: Words): string {
  if (Array.isArray(value)) {
    return format.list(value.map((id) => optionPath(field, Number(id))));
  }
  switch (field.type) {
    case 'checkbox':
      return value ? t`Yes` : t`No`;
    case 'choice':
      return optionPath(field, Number(value));
    case 'date':
      return format.date(`${String(value)}T12:00:00`);
    case 'date_time':
      return format.dateTime(String(value));
    default:
      return String(value ?? '');
  }
}
