/** Which tickets of a list are chosen, to work on all of them at once. */
export interface Selection {
  ids: ReadonlySet<number>;
  /** Where a range begins: the ticket that was chosen last. */
  anchor: number | null;
}

export const NOTHING_CHOSEN: Selection = { ids: new Set(), anchor: null };

/** Chooses a ticket, or no longer. */
export function toggle({ ids }: Selection, id: number): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id };
}

/** Chooses everything between the anchor and a ticket; without an anchor only the ticket. */
export function reach(selection: Selection, list: readonly number[], id: number): Selection {
  const from = selection.anchor === null ? -1 : list.indexOf(selection.anchor);
  const to = list.indexOf(id);
  if (to === -1) return selection;
  if (from === -1) return { ids: new Set(selection.ids).add(id), anchor: id };
  const between = list.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...selection.ids, ...between]), anchor: selection.anchor };
}

/** Chooses all that are listed. */
export function all(list: readonly number[]): Selection {
  return { ids: new Set(list), anchor: list[0] ?? null };
}

/** The chosen ones that are still listed, in the order of the list. */
export function chosen({ ids }: Selection, list: readonly number[]): number[] {
  return list.filter((id) => ids.has(id));
}
