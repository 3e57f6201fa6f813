import type { Schemas } from './schema';

export type AgentState = Schemas['AgentState'];
export type StateOfAgent = Schemas['StateOfAgent'];
export type StateInput = Schemas['StateInput'];
export type MyOffer = Schemas['MyOffer'];
export type MyLoad = Schemas['MyLoad'];
export type LoadPatch = Schemas['LoadPatch'];
export type RoutingWhy = Schemas['Why'];
export type Queue = Schemas['Queue'];
export type TeamRouting = Schemas['TeamRouting'];
export type TeamRoutingInput = Schemas['TeamRoutingInput'];
export type AgentLimit = Schemas['AgentLimit'];
export type Skill = Schemas['Skill'];
export type SkillKind = Schemas['SkillKind'];
export type NewSkill = Schemas['NewSkill'];
export type SkillUpdate = Schemas['SkillUpdate'];
export type AbilitiesInput = Schemas['AbilitiesInput'];
