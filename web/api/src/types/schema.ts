import type { components } from '../schema.gen';

/** The shapes of the API's description, by their names there. */
export type Schemas = components['schemas'];

/**
 * A narrower way to say what the description says loosely; a type error once it is no longer one
 * of the ways.
 */
export type Narrowed<Described, Narrow extends Described> = Narrow;
