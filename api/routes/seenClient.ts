import { ApiProblem } from '../problem.ts';
import type { ApiKeyIdentity } from '../services/authenticator.ts';

/** The client that figures are narrowed to; a bound key's are its own client's. @throws ApiProblem `forbidden`. */
export function seenClient({ clientId: bound }: ApiKeyIdentity, named: string | undefined): { clientId?: string } {
  if (bound !== null && named !== undefined && named !== bound) {
    throw new ApiProblem('forbidden', `This API key may only read what belongs to the client ${bound}.`);
  }
  const clientId = named ?? bound;
  return clientId ? { clientId } : {};
}
