/** Words for what fields hold. */
import type { FieldType } from '@evenkeel/api';
import { t } from '@lingui/core/macro';

export const FIELD_TYPES: readonly FieldType[] = [
  'text',
  'long_text',
  'number',
  'decimal',
  'choice',
  'multi_choice',
  'date',
  'date_time',
  'checkbox',
  'customer',
  'order',
  'masked',
];

export function fieldTypeLabel(type: FieldType): string {
  switch (type) {
    case 'text':
      return t`One line of text`;
    case 'long_text':
      return t`Longer text`;
    case 'number':
      return t`Whole number`;
    case 'decimal':
      return t`Decimal number`;
    case 'choice':
      return t`One choice`;
    case 'multi_choice':
      return t`Several choices`;
    case 'date':
      return t`Day`;
    case 'date_time':
      return t`Day and time`;
    case 'checkbox':
      return t`Yes or no`;
    case 'customer':
      return t`Customer`;
    case 'order':
      return t`Order number`;
    case 'masked':
      return t`Masked (card or ID number)`;
  }
}

export const isChoice = (type: FieldType): boolean => type === 'choice' || type === 'multi_choice';
