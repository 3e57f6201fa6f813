/** What each operation of the API takes and answers, read from the generated `paths`. */
import type { paths } from './schema.gen';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The paths that know the method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<Lowercase<M>, object> ? P : never;
}[keyof paths];

export type Operation<M extends Method, P extends keyof paths> =
  paths[P] extends Record<Lowercase<M>, infer O> ? O : never;

/** Null and empty text leave a query parameter out. */
type Leavable<Query> = { [Name in keyof Query]: Query[Name] | null };

type InPath<O> = O extends { parameters: { path: infer Path } } ? { path: Path } : { path?: never };

type InQuery<O> = O extends { parameters: { query: infer Query } }
  ? { query: Query }
  : O extends { parameters: { query?: infer Query } }
    ? { query?: Leavable<NonNullable<Query>> }
    : never;

type InBody<O> = O extends { requestBody: { content: infer Content } }
  ? Content extends { 'application/json': infer Body }
    ? { body: Body; raw?: never }
    : { body?: never; raw: Blob }
  : { body?: never; raw?: never };

/** Everything of a call that the operation itself asks for. */
export type Parts<O> = InPath<O> & InQuery<O> & InBody<O>;

type Success<O> = O extends { responses: infer Answers }
  ? Answers[keyof Answers & (200 | 201)]
  : never;

/** Rows of a page are spelled out in the description; what they leave open is sent as null. */
type Complete<Body> = Body extends { items: (infer Row)[] }
  ? Omit<Body, 'items'> & { items: Required<Row>[] }
  : Body;

/** The JSON that a successful call answers; `never` for an operation that answers none. */
export type Answer<O> = [Success<O>] extends [never]
  ? never
  : Success<O> extends { content: { 'application/json': infer Body } }
    ? Complete<Body>
    : never;
