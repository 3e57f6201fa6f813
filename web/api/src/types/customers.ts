import type { Schemas } from './schema';

export type CustomerRow = Schemas['CustomerRow'];
export type Identity = Schemas['CustomerIdentity'];
/** Why nothing goes to an address. */
export type Pause = Schemas['Pause'];
export type Customer = Schemas['Customer'];
export type CustomerPatch = Schemas['CustomerPatch'];
