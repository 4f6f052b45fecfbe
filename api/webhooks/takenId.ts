import { UniqueViolationError } from 'objection';
import { ApiProblem } from '../http/problem.ts';

/** What a database refuses for the sake of `externalId`, as a problem. @throws ApiProblem `conflict`, or what it was given. */
export function refuseTakenId(error: unknown): never {
  const isTaken = error instanceof UniqueViolationError && error.constraint === 'webhooks_external_id';
  throw isTaken ? new ApiProblem('conflict', 'The client has a webhook with this externalId.') : error;
}
