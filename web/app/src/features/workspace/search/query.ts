/** The filters in a query's text, to be shown and taken off one by one. */

const FILTER =
  /(?<=^|\s)-?(?:from|to|subject|tag|status|priority|type|assignee|team|inbox|before|after|has|is):(?:"[^"]*"?|[^\s",])(?:"[^"]*"?|[^\s"])*/gi;

export interface FilterChip {
  text: string;
  from: number;
  to: number;
}

export function filtersOf(text: string): FilterChip[] {
  return [...text.matchAll(FILTER)].map((match) => ({
    text: match[0],
    from: match.index,
    to: match.index + match[0].length,
  }));
}

/** The query without one of its filters. */
export function without(text: string, chip: FilterChip): string {
  return `${text.slice(0, chip.from)}${text.slice(chip.to)}`.replace(/\s+/g, ' ').trim();
}
