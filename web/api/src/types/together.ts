import type { Schemas } from './schema';

export type Promised = Schemas['Promise'];
export type PromiseInput = Schemas['PromiseInput'];
export type PromisePatch = Schemas['PromisePatch'];
export type Absence = Schemas['Absence'];
export type AbsenceInput = Schemas['AbsenceInput'];
export type Together = Schemas['Together'];
export type Day = Schemas['Day'];
