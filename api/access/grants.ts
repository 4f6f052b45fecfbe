import type { Scope } from '../../contract/scopes.ts';
import { hasScope, type ApiKeyIdentity } from '../http/caller.ts';
import { ApiProblem } from '../http/problem.ts';

/**
 * Nobody gives more than he has: neither another client than his own, nor a scope that he lacks.
 * @param what is made, in the plural, for people.
 * @throws ApiProblem `forbidden`.
 */
export function refuseWider(
  caller: ApiKeyIdentity,
  what: string,
  { clientId, scopes }: { clientId: string | null; scopes: readonly Scope[] },
): void {
  if (caller.clientId !== null && clientId !== caller.clientId) {
    throw new ApiProblem('forbidden', `This API key may only make ${what} for the client ${caller.clientId}.`);
  }
  const wider = scopes.find((scope) => !hasScope(caller, scope));
  if (wider) throw new ApiProblem('forbidden', `This API key cannot give the scope ${wider}, which it does not have.`);
}
