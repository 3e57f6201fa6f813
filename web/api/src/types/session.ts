import type { Language, Time } from './common';

export type Setup = { needed: boolean; demo: boolean; workspace_name: string | null };
export type SetupInput = {
  workspace_name: string;
  name: string;
  email: string;
  password: string;
  language?: Language;
};
export type Credentials = { email: string; password: string };

export type Role = 'owner' | 'admin' | 'agent' | 'light_agent';
export type AgentStatus = 'active' | 'disabled';
export type Agent = {
  id: number;
  name: string;
  email: string;
  role: Role;
  status: AgentStatus;
  team_ids: number[];
  created_at: Time;
  version: number;
};
export type AgentPatch = { version: number; name?: string; role?: Role; status?: AgentStatus };

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'comfortable' | 'compact';
export type Preferences = {
  language: Language;
  theme: Theme;
  density: Density;
  shortcuts: boolean;
  signature_html: string;
};

/** What the signed-in person may do; screens ask these, never roles. */
export type Ability =
  | 'ticket.read'
  | 'ticket.reply'
  | 'ticket.note'
  | 'ticket.update'
  | 'ticket.create'
  | 'ticket.forward'
  | 'ticket.redact'
  | 'ticket.trash'
  | 'customer.read'
  | 'customer.update'
  | 'macro.manage'
  | 'tag.manage'
  | 'team.manage'
  | 'inbox.manage'
  | 'agent.manage'
  | 'failure.manage'
  | 'audit.read'
  | 'workspace.manage';

export type Workspace = { name: string; demo: boolean; base_url: string };
export type Me = {
  agent: Agent;
  abilities: Ability[];
  preferences: Preferences;
  workspace: Workspace;
};
export type MePatch = { name?: string; preferences?: Partial<Preferences> };
export type PasswordChange = { current: string; new: string };

export type Session = {
  id: number;
  current: boolean;
  user_agent: string;
  ip: string;
  created_at: Time;
  last_seen_at: Time;
};

export type TokenScope = 'read' | 'write' | 'admin';
export type ApiToken = {
  id: number;
  name: string;
  scopes: TokenScope[];
  created_at: Time;
  last_used_at: Time | null;
  expires_at: Time | null;
};
export type ApiTokenInput = { name: string; scopes: TokenScope[]; expires_at?: Time | null };
/** The only answer that ever carries the secret. */
export type CreatedApiToken = ApiToken & { secret: string };

export type Invitation = {
  id: number;
  email: string;
  role: Role;
  team_ids: number[];
  invited_by: number;
  created_at: Time;
  expires_at: Time;
};
export type InvitationInput = { email: string; role: Role; team_ids?: number[] };
export type CreatedInvitation = Invitation & { link: string };
/** What the invited person may see before having an account. */
export type InvitationPreview = { email: string; role: Role; workspace_name: string };
export type InvitationAcceptance = { name: string; password: string };
