export { createClient, type Client } from './client';
export { connectLive, type Live, type LiveOptions, type LiveStatus } from './live';
export { isProblem, Problem, type ProblemCode, type ProblemField } from './problem';
export { newKey, type TransportOptions } from './transport';
export type * from './types';
