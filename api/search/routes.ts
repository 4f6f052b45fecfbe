import { SearchQuery, SearchResult } from '../../contract/search.ts';
import { hasScope } from '../http/caller.ts';
import { ApiProblem } from '../http/problem.ts';
import { route, type Route } from '../http/route.ts';
import type { RequestTurns } from '../turns/RequestTurns.ts';
import { search, type SearchServices } from './search.ts';

/** Any of these lets something be found. */
const SCOPES = ['events:read', 'deliveries:read', 'webhooks:read'] as const;

export interface SearchRouteServices extends SearchServices {
  /** Turns of its own: whoever searches waits for others who do, and no list waits for either. */
  turns: RequestTurns;
}

export const searchRoutes: Route<SearchRouteServices>[] = [
  route({
    method: 'GET',
    path: '/api/search',
    access: 'any-key',
    waitsElsewhere: true,
    tag: 'Search',
    summary: 'Find anything',
    operationId: 'search',
    description:
      'By what somebody knows of it: any id, a key, a tag, a URL, or a value in a payload. Of what the key may not read nothing is found: events want `events:read`, deliveries `deliveries:read`, webhooks `webhooks:read`. Payloads have no index: they are looked through from the newest on, for a fraction of a second, and the answer says how far back that was; `cursor` looks on from there. A payload that was erased is not found by what it held.',
    query: SearchQuery,
    responses: { 200: SearchResult },
    async handle(services, { identity, query, hasLeft }) {
      if (!SCOPES.some((scope) => hasScope(identity, scope))) {
        throw new ApiProblem('forbidden', `The API key needs one of the scopes ${SCOPES.join(', ')}.`);
      }
      const body = await services.turns.run(identity.clientId ?? identity.keyId, () => {
        if (hasLeft()) throw new ApiProblem('unavailable', 'The answer was not waited for.');
        return search(services, identity, query, () => !hasLeft());
      });
      return { status: 200, body };
    },
  }),
];
