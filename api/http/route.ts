import type { Static, TSchema } from 'typebox';
import { Strict } from '../../contract/primitives.ts';
import type { ProblemCode } from '../../contract/problem.ts';
import type { Scope } from '../../contract/scopes.ts';
import type { Caller } from './caller.ts';
import type { JsonDocument, ReadOptions } from './json/readJson.ts';
import type { Work } from '../turns/LoopTurns.ts';
import { compileBody, compileQuery } from './validation/validate.ts';

/** Who may call: the holders of a scope, of any key at all, or anybody. */
export type Access = Scope | 'any-key' | 'open';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a route takes as its body. */
export interface BodyDefinition<B extends TSchema = TSchema, S = never> extends ReadOptions {
  schema: B;
  /** Nothing sent counts as `{}`. */
  optional?: boolean;
  /** In bytes; by default {@link MAX_BODY_BYTES}. */
  limitBytes?: (services: S) => number;
}

/** The most bytes of a body that is neither an event nor a batch (docs/CONTRACT.md §2). */
const MAX_BODY_BYTES = 262_144;

/** A request that has been authenticated and validated. */
interface Call<P extends string, Q, B> {
  /** Who is calling; with `open` access, nobody in particular. */
  identity: Caller;
  requestId: string;
  /** Whether only the headers of the answer to GET are asked for. */
  isHead: boolean;
  /** Whether the request came over TLS. */
  isSecure: boolean;
  cookie: (name: string) => string | undefined;
  /** Whether the caller's key or session, looked at again, still holds. */
  isStillValid: () => Promise<boolean>;
  /** Counts so many more requests against the key's limit than this one. @throws ApiProblem `rate_limited` */
  countMore: (requests: number) => Promise<void>;
  /** Waits for this caller's turn at the database, where a route takes none by itself. @throws ApiProblem `unavailable` */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Does long work in short turns, in this caller's share of the time. */
  inTurns: <T>(work: Work<T>) => Promise<T>;
  params: Record<P, string>;
  query: Q;
  body: B;
  /** The body as it was written. */
  json: JsonDocument;
  /** A request header; undefined when it was not sent. */
  header: (name: string) => string | undefined;
}

/** What a handler answers: a body that is presented as JSON, unless it is a stream or the headers name its type. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string | string[]>;
}

interface Definition<Path extends string, Q extends TSchema, B extends TSchema, S> {
  method: Method;
  /** With `:name` for each parameter; one named `id` must be a UUID, anything else is not found. */
  path: Path;
  access: Access;
  tag: string;
  summary: string;
  /** More than the summary tells, in plain sentences; code stands between backticks. */
  description?: string;
  /** Its name in generated clients; by default made from method and path. */
  operationId?: string;
  query?: Q;
  body?: BodyDefinition<B, S>;
  /** Of its path: by default a UUID for `id` and any text for others. */
  parameters?: Partial<Record<PathParameter<Path>, TSchema>>;
  /** Headers that it reads. */
  requestHeaders?: Record<string, TSchema>;
  /** The schema of each success; null for one without a body. A text that is not JSON says so by `contentMediaType`. */
  responses: Record<number, TSchema | null>;
  /** Headers that only some answers of this route have, by status. */
  responseHeaders?: Record<number, Record<string, TSchema>>;
  /** It waits for something else than the database, or is written together with others: it takes no turn (`RequestTurns`). */
  waitsElsewhere?: true;
  /** What it can fail with beside what every route can. */
  problems?: readonly ProblemCode[];
  handle(services: S, call: Call<PathParameter<Path>, Static<Q>, Static<B>>): Answer | Promise<Answer>;
}

type PathParameter<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathParameter<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What is known of a request before its query and body have been looked at. */
export interface UnreadCall extends Pick<
  Call<string, unknown, unknown>,
  | 'identity'
  | 'requestId'
  | 'header'
  | 'isHead'
  | 'isSecure'
  | 'cookie'
  | 'isStillValid'
  | 'countMore'
  | 'inTurn'
  | 'inTurns'
> {
  params: Record<string, string>;
  querystring: string;
  /** Null for a route that takes no body. */
  json: JsonDocument | null;
}

/**
 * A route in the table that the router, and the API's description, are made from.
 * @typeParam S what it works with; by default that is left open, which is enough to describe it.
 */
export interface Route<S = never> extends Omit<
  Definition<string, TSchema, TSchema, S>,
  'parameters' | 'query' | 'body' | 'handle'
> {
  parameters?: Partial<Record<string, TSchema>>;
  query: TSchema | null;
  body: BodyDefinition<TSchema, S> | null;
  /** Validates and handles. @throws ApiProblem */
  serve: (services: S, call: UnreadCall) => Promise<Answer>;
}

/** A route that has been given what it works with. */
export interface BoundRoute {
  route: Route;
  /** What its body may have, in bytes. */
  limitBytes: number;
  /** Validates and handles. @throws ApiProblem */
  serve: (call: UnreadCall) => Promise<Answer>;
}

/** Gives the routes of a resource what they work with. */
export function bind<S>(routes: readonly Route<S>[], services: S): BoundRoute[] {
  return routes.map((route) => ({
    route,
    limitBytes: route.body?.limitBytes?.(services) ?? MAX_BODY_BYTES,
    serve: (call) => route.serve(services, call),
  }));
}

const NoParameters = Strict({});
const NO_JSON: JsonDocument = { value: undefined, isLarge: false, textOf: () => undefined, items: [] };

/** Describes one call of the API. Its schemas are compiled here, once. */
export function route<
  Path extends string,
  S = unknown,
  Q extends TSchema = typeof NoParameters,
  B extends TSchema = TSchema,
>(definition: Definition<Path, Q, B, S>): Route<S> {
  return compile(definition);
}

function compile<S>(definition: Definition<string, TSchema, TSchema, S>): Route<S> {
  const { query, body } = definition;
  const readQuery = compileQuery(query ?? NoParameters);
  const readBody = body && compileBody(body.schema);
  return {
    ...definition,
    query: query ?? null,
    body: body ?? null,
    async serve(services, { querystring, json: read, ...call }) {
      const json = read ?? NO_JSON;
      return definition.handle(services, {
        ...call,
        query: readQuery(querystring),
        body: readBody?.(json.value, json),
        json,
      });
    },
  };
}
