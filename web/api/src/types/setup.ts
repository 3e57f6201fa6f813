import type { Schemas } from './schema';

export type Team = Schemas['Team'];
export type TeamInput = Schemas['TeamInput'];
export type TeamPatch = Schemas['TeamPatch'];

export type Tag = Schemas['Tag'];
export type TagInput = Schemas['TagInput'];
export type TagPatch = Schemas['TagPatch'];

export type Field = Schemas['Field'];
export type FieldType = Schemas['FieldType'];
export type FieldInput = Schemas['FieldInput'];
export type FieldPatch = Schemas['FieldPatch'];
export type OptionInput = Schemas['OptionInput'];
export type Form = Schemas['Form'];
export type FormField = Schemas['FormField'];
export type FormInput = Schemas['FormInput'];
export type FormPatch = Schemas['FormPatch'];
export type ImportInput = Schemas['ImportInput'];
export type Imported = Schemas['Imported'];

export type MacroScope = Schemas['MacroScope'];
export type Macro = Schemas['Macro'];
export type MacroVariant = Schemas['MacroVariant'];
export type MacroPreview = Schemas['MacroPreview'];
export type Rule = Schemas['Rule'];
export type RuleDefinition = Schemas['RuleDefinition'];
export type RuleEvent = Schemas['RuleEvent'];
export type RuleMoment = Schemas['Moment'];
export type RuleWho = Schemas['Who'];
export type RuleChange = Schemas['ChangeCondition'];
export type RuleStep = Schemas['RuleStep'];
export type RuleAction = Schemas['RuleAction'];
export type RuleInput = Schemas['RuleInput'];
export type RulePatch = Schemas['RulePatch'];
export type RuleOrder = Schemas['RuleOrder'];
export type RuleRun = Schemas['RuleRun'];
export type RuleOutcome = Schemas['RunOutcome'];
export type RuleLeftOut = Schemas['LeftOut'];
export type DryRunInput = Schemas['DryRunInput'];
export type DryRunHit = Schemas['DryRunHit'];
export type OutgoingWebhook = Schemas['Webhook'];
export type OutgoingWebhookInput = Schemas['OutgoingWebhookInput'];
export type WebhookChange = Schemas['WebhookChange'];
export type WebhookVersion = Schemas['WebhookVersion'];
export type WebhookCall = Schemas['WebhookCall'];
export type MacroInput = Schemas['MacroInput'];
export type MacroPatch = Schemas['MacroPatch'];

export type Brand = Schemas['Brand'];

/** Business hours. */
export type Schedule = Schemas['Schedule'];
export type ScheduleInput = Schemas['ScheduleInput'];
export type SchedulePatch = Schemas['SchedulePatch'];
export type ScheduleUse = Schemas['ScheduleUse'];
export type HoursSpan = Schemas['HoursSpan'];
export type WeekHours = Schemas['WeekHours'];
export type Holiday = Schemas['Holiday'];
export type HolidayKind = Schemas['HolidayKind'];

/** How soon tickets are dealt with. */
export type SlaPolicy = Schemas['SlaPolicy'];
export type SlaPolicyInput = Schemas['SlaPolicyInput'];
export type SlaPolicyPatch = Schemas['SlaPolicyPatch'];
export type SlaTarget = Schemas['SlaTarget'];
export type SlaMetric = Schemas['Metric'];
export type SlaHours = Schemas['Hours'];

export type MailSecurity = Schemas['Security'];
/** Without the password, which goes in and never comes out. */
export type MailAccess = Schemas['AccessView'];
/** The password may be absent on an edit: it stays unchanged. */
export type ImapInput = Schemas['ImapInput'];
export type SmtpInput = Schemas['SmtpInput'];
export type MailImport = Schemas['Import'];
export type MailHealth = Schemas['Health'];
export type InboxHealth = Schemas['HealthView'];
export type Inbox = Schemas['InboxView'];
export type InboxInput = Schemas['InboxInput'];
export type InboxPatch = Schemas['InboxPatch'];
/** How a mail provider brings an inbox its mail. */
export type MailProvider = Schemas['MailProvider'];
export type Webhook = Schemas['WebhookView'];
export type InboxWebhook = Schemas['InboxWebhook'];
export type WebhookInput = Schemas['WebhookInput'];
export type InboxCheckInput = Schemas['CheckInput'];
export type CheckStepName = Schemas['Step'];
export type CheckStep = Schemas['CheckedStep'];
export type InboxCheck = Schemas['CheckReport'];

/** Whether an inbox confirms by itself that mail arrived. */
export type Acknowledgement = Schemas['Acknowledgement'];
export type AcknowledgementInput = Schemas['AcknowledgementInput'];
/** How an inbox sends: limits, pauses, quoted history. */
export type Sending = Schemas['SendingView'];
export type SendingInput = Schemas['SendingInput'];
export type SendingDomain = Schemas['SendingDomainView'];
export type DkimKey = Schemas['DkimKeyView'];
export type DnsRecord = Schemas['DnsRecordView'];

/** A mailbox's consent at its provider, by which we sign in without a password. */
export type MailConnection = Schemas['MailConnectionView'];
export type MailConnectionList = Schemas['MailConnectionList'];
export type MailConnectionInput = Schemas['MailConnectionInput'];
export type MailConnectionPatch = Schemas['MailConnectionPatch'];
export type MailConsentInput = Schemas['ConsentInput'];
export type OauthProvider = Schemas['OauthProvider'];

/** Mail that reached us and couldn't be processed. */
export type InboundFailure = Schemas['FailureView'];
export type FailurePreview = Schemas['FailurePreview'];
export type FailureState = 'failed' | 'discarded';

/** How a mailbox fares, for whoever looks after the mail. */
export type PostmasterMailbox = Schemas['MailboxView'];
export type MailDirection = Schemas['DirectionView'];
export type MailTest = Schemas['MailTestView'];
export type OutboxPart = 'planned' | 'waiting' | 'uncertain' | 'refused';
export type OutboxItem = Schemas['OutboxItem'];
export type StuckWork = Schemas['StuckWork'];
export type StuckJob = Schemas['StuckJob'];
export type StuckRecord = Schemas['StuckRecord'];

/** What an inbox's own servers are believed in. */
export type InboxTrust = Schemas['InboxTrustView'];
export type InboxTrustInput = Schemas['InboxTrustInput'];

export type PracticeMessage = Schemas['PracticeMessage'];
export type PracticeMail = Schemas['PracticeInput'];

export type AuditRecord = Schemas['AuditEntry'];
