import type { Field, Form } from '@evenkeel/api';
import { describe, expect, it } from 'vitest';
import { defaultForm, filled, openOptions, optionPath, shownFields } from './values';

const field = (id: number, more: Partial<Field>): Field => ({
  id,
  key: `f${id}`,
  type: 'text',
  label: `F${id}`,
  customer_label: null,
  description: '',
  digits: 0,
  min: null,
  max: null,
  searchable: false,
  active: true,
  position: id,
  options: [],
  version: 1,
  ...more,
});

const option = (id: number, depth: number, retired = false) => ({
  id,
  key: `o${id}`,
  label: `O${id}`,
  depth,
  retired,
});

const reason = field(1, {
  type: 'choice',
  options: [option(1, 0), option(2, 1), option(3, 2), option(4, 0, true), option(5, 1)],
});
const fields = [reason, field(2, { type: 'checkbox' }), field(3, {}), field(4, { active: false })];

const form = (more: Partial<Form>): Form => ({
  id: 1,
  key: 'f',
  name: 'F',
  active: true,
  is_default: false,
  inbox_ids: [],
  brand_ids: [],
  fields: [],
  version: 1,
  ...more,
});

const chained = form({
  fields: [
    { field_id: 1, required_on_solve: true, types: ['complaint'] },
    { field_id: 2, show_when: { all: [{ field: 'field:1', op: 'under', value: 1 }] } },
    { field_id: 3, show_when: { all: [{ field: 'field:2', op: 'is', value: true }] } },
    { field_id: 4 },
  ],
});

describe('the fields of a ticket', () => {
  const shown = (values: Record<string, unknown>, type: 'complaint' | null = null) =>
    shownFields(fields, chained, { type, priority: 'normal', values });
  const ids = (values: Record<string, unknown>) => shown(values).map((each) => each.field.id);

  it('hides what hangs on something hidden', () => {
    expect(ids({})).toEqual([1]);
    expect(ids({ f1: 3 })).toEqual([1, 2]);
    expect(ids({ f1: 3, f2: true })).toEqual([1, 2, 3]);
    expect(ids({ f1: 4, f2: true })).toEqual([1]);
  });

  it('requires by type', () => {
    expect(shown({})[0]?.forSolving).toBe(false);
    expect(shown({}, 'complaint')[0]?.forSolving).toBe(true);
  });

  it('shows every field in use without a form', () => {
    const facts = { type: null, priority: 'normal', values: {} } as const;
    expect(shownFields(fields, undefined, facts).map((each) => each.field.id)).toEqual([1, 2, 3]);
  });

  it('takes the form of the inbox, the brand, the workspace, in this order', () => {
    const forms = [
      form({ id: 1, is_default: true }),
      form({ id: 2, brand_ids: [7] }),
      form({ id: 3, inbox_ids: [8] }),
      form({ id: 4, inbox_ids: [9], active: false }),
    ];
    expect(defaultForm(forms, 8, 7)?.id).toBe(3);
    expect(defaultForm(forms, 9, 7)?.id).toBe(2);
    expect(defaultForm(forms, null, null)?.id).toBe(1);
  });

  it('knows where an option stands, and what can be chosen', () => {
    expect(optionPath(reason, 3)).toBe('O1 › O2 › O3');
    expect(openOptions(reason).map((each) => each.id)).toEqual([1, 2, 3]);
    expect(filled({ a: '', b: null, c: [], d: false, e: 0 })).toEqual({ d: false, e: 0 });
  });
});
