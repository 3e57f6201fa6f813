import type { Schemas } from './schema';

export type Setup = Schemas['Setup'];
export type SetupInput = Schemas['SetupInput'];
export type Credentials = Schemas['Credentials'];

export type Role = Schemas['Role'];
export type AgentStatus = Schemas['AgentStatus'];
export type Agent = Schemas['Agent'];
export type AgentPatch = Schemas['AgentPatch'];

export type Theme = Schemas['Theme'];
export type Density = Schemas['Density'];
export type Preferences = Schemas['Preferences'];

/** What the signed-in person may do; screens ask these, never roles. */
export type Ability = Schemas['Permission'];

export type Workspace = Schemas['Workspace'];
export type Me = Schemas['Me'];
export type MePatch = Schemas['MePatch'];
export type PasswordChange = Schemas['PasswordChange'];

export type Session = Schemas['Session'];

/** Who takes turns at this computer. */
export type Turns = Schemas['Turns'];
export type LockedPerson = Schemas['LockedPerson'];
export type Unlocking = Schemas['Unlocking'];
export type NewPin = Schemas['NewPin'];
export type PinRemoval = Schemas['PinRemoval'];

export type TokenScope = Schemas['Scope'];
export type ApiToken = Schemas['ApiToken'];
export type ApiTokenInput = Schemas['ApiTokenInput'];
/** The only answer that ever carries the secret. */
export type CreatedApiToken = Schemas['CreatedApiToken'];

export type Invitation = Schemas['Invitation'];
export type InvitationInput = Schemas['InvitationInput'];
export type CreatedInvitation = Schemas['CreatedInvitation'];
/** What the invited person may see before having an account. */
export type InvitationPreview = Schemas['InvitationPreview'];
export type InvitationAcceptance = Schemas['InvitationAcceptance'];
