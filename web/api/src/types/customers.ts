import type { Schemas } from './schema';

export type CustomerRow = Schemas['CustomerRow'];
export type Identity = Schemas['CustomerIdentity'];
export type Customer = Schemas['Customer'];
export type CustomerPatch = Schemas['CustomerPatch'];
