/** The words of a saved view's order, groups and columns. */
import type { ViewColumn, ViewGroup, ViewSort } from '@evenkeel/api';
import { t } from '@lingui/core/macro';

export const SORTS: readonly ViewSort[] = [
  'last_message_at',
  'created_at',
  'updated_at',
  'priority',
  'status',
];
export const GROUPS: readonly ViewGroup[] = ['status', 'priority', 'assignee', 'team', 'type'];
export const COLUMNS: readonly ViewColumn[] = [
  'snippet',
  'status',
  'priority',
  'type',
  'assignee',
  'team',
  'tags',
  'created_at',
  'updated_at',
  'message_count',
];

/** What a new view shows: as much as the lists that everybody has. */
export const FIRST_COLUMNS: readonly ViewColumn[] = [
  'snippet',
  'status',
  'priority',
  'tags',
  'assignee',
];

export function wordFor(it: ViewSort | ViewGroup | ViewColumn): string {
  switch (it) {
    case 'last_message_at':
      return t`Last message`;
    case 'created_at':
      return t`Created`;
    case 'updated_at':
      return t`Last change`;
    case 'priority':
      return t`Priority`;
    case 'status':
      return t`Status`;
    case 'assignee':
      return t`Assignee`;
    case 'team':
      return t`Team`;
    case 'type':
      return t`Type`;
    case 'snippet':
      return t`Beginning of the message`;
    case 'tags':
      return t`Tags`;
    case 'message_count':
      return t`Number of messages`;
  }
}
