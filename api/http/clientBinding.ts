import type { Model, QueryBuilder } from 'objection';
import { DEFAULT_CLIENT_ID } from '../../contract/primitives.ts';
import { ApiProblem } from './problem.ts';
import type { ApiKeyIdentity } from './caller.ts';

/**
 * The client that a caller writes for: the named one, else the key's own, else the default (docs/CONTRACT.md §8).
 * @throws ApiProblem `forbidden` when a bound key names another client.
 */
export function clientToWriteFor({ clientId: bound }: ApiKeyIdentity, named: string | undefined): string {
  if (bound !== null && named !== undefined && named !== bound) {
    throw new ApiProblem('forbidden', `This API key may only write for the client ${bound}.`);
  }
  return named ?? bound ?? DEFAULT_CLIENT_ID;
}

/** Narrows a query to what a caller may see: everything, or its own client's. */
export function onlyVisibleTo<M extends Model, R>(
  { clientId: bound }: ApiKeyIdentity,
  query: QueryBuilder<M, R>,
): QueryBuilder<M, R> {
  return bound === null ? query : query.where('clientId', bound);
}
