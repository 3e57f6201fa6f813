/** Words for surveys and abuse, in the language spoken now. */
import type {
  AbuseKind,
  AbusePurpose,
  AbuseStep,
  CareLanguage,
  Solved,
  SurveyAbout,
  Treatment,
} from '@evenkeel/api';
import { t } from '@lingui/core/macro';

/** Each in its own words: who chooses one reads it. */
export const CARE_LANGUAGES: readonly { id: CareLanguage; label: string }[] = [
  { id: 'en', label: 'English' },
  { id: 'de', label: 'Deutsch' },
  { id: 'es', label: 'Español' },
  { id: 'ar', label: 'العربية' },
];

export function solvedLabel(solved: Solved): string {
  switch (solved) {
    case 'yes':
      return t`Solved`;
    case 'partly':
      return t`Partly solved`;
    case 'no':
      return t`Not solved`;
  }
}

export function treatmentLabel(treatment: Treatment): string {
  switch (treatment) {
    case 'very_well':
      return t`Treated very well`;
    case 'well':
      return t`Treated well`;
    case 'neutral':
      return t`Treated neither well nor badly`;
    case 'badly':
      return t`Treated badly`;
    case 'very_badly':
      return t`Treated very badly`;
  }
}

export const ABOUTS: readonly SurveyAbout[] = [
  'person',
  'product',
  'policy',
  'delivery',
  'price',
  'waiting',
  'other',
];

export function aboutLabel(about: SurveyAbout): string {
  switch (about) {
    case 'person':
      return t`The person`;
    case 'product':
      return t`The product`;
    case 'policy':
      return t`Our rules`;
    case 'delivery':
      return t`Delivery`;
    case 'price':
      return t`The price`;
    case 'waiting':
      return t`Waiting`;
    case 'other':
      return t`Something else`;
  }
}

export const ABUSE_KINDS: readonly AbuseKind[] = [
  'insult',
  'threat',
  'harassment',
  'sexual',
  'discrimination',
  'spam_flood',
];

export function abuseKindLabel(kind: AbuseKind): string {
  switch (kind) {
    case 'insult':
      return t`Insult`;
    case 'threat':
      return t`Threat`;
    case 'harassment':
      return t`Harassment`;
    case 'sexual':
      return t`Sexual remark`;
    case 'discrimination':
      return t`Discrimination`;
    case 'spam_flood':
      return t`Flood of messages`;
  }
}

export function abuseStepLabel(step: AbuseStep): string {
  switch (step) {
    case 'warn':
      return t`Warned`;
    case 'end':
      return t`Contact ended`;
    case 'restrict':
      return t`Restricted`;
    case 'block':
      return t`Blocked`;
  }
}

export function abusePurposeLabel(purpose: AbusePurpose): string {
  switch (purpose) {
    case 'warn':
      return t`Warning`;
    case 'end':
      return t`End of the contact`;
    case 'restrict':
      return t`Notice of a restriction`;
    case 'block':
      return t`Notice of a block`;
    case 'upheld':
      return t`Answer to an appeal: it stays`;
    case 'lifted':
      return t`Answer to an appeal: it ends`;
  }
}
