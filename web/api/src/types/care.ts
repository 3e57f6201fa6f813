import type { Schemas } from './schema';

/** What surveys and letters about abuse are written in. */
export type CareLanguage = Schemas['CareLanguage'];
export type SurveyScope = Schemas['SurveyScope'];
export type SurveySetting = Schemas['SurveySetting'];
export type SurveySettingInput = Schemas['SurveySettingInput'];
export type Solved = Schemas['Solved'];
export type Treatment = Schemas['Treatment'];
/** What the words of an answer are about. */
export type SurveyAbout = Schemas['About'];
export type BlindAnswer = Required<Schemas['BlindAnswer']>;
export type SurveyAnswer = Required<Schemas['SurveyAnswer']>;
/** A share with its interval; null where there are too few to say. */
export type Share = Schemas['Share'];
export type SurveyFigures = Schemas['SurveyFigures'];

export type AbuseKind = Schemas['AbuseKind'];
export type AbuseStep = Schemas['AbuseStep'];
export type AbuseMark = Schemas['AbuseMark'];
/** A step of the ladder as it was taken. */
export type AbuseStepTaken = Schemas['AbuseStepTakenBefore'];
export type AbuseAppeal = Schemas['AbuseAppeal'];
export type AppealDecision = Schemas['AppealDecision'];
export type WaitingAppeal = Schemas['WaitingAppeal'];
export type TicketAbuse = Schemas['TicketAbuse'];
export type CustomerAbuse = Schemas['CustomerAbuse'];
export type AbusePurpose = Schemas['AbusePurpose'];
export type AbuseText = Schemas['AbuseText'];
export type AbuseTextInput = Schemas['AbuseTextInput'];
export type AbuseLimitInput = Schemas['AbuseLimitInput'];
export type AbuseHandOverInput = Schemas['AbuseHandOverInput'];
