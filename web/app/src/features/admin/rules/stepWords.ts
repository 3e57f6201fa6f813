import type { RuleStep } from '@evenkeel/api';
import { actionWords, type ActionNames } from '../../actions/vocabulary';
import { ownLabel, OWN_KINDS, type OwnKind } from './words';

type Own = Extract<RuleStep, { action: OwnKind }>;

export const isOwn = (step: RuleStep): step is Own =>
  OWN_KINDS.some((kind) => kind === step.action);

/** One thing a rule does, as a few words. */
export function stepWords(step: RuleStep, names: ActionNames): string {
  return isOwn(step) ? ownLabel(step.action) : actionWords(step, names);
}
