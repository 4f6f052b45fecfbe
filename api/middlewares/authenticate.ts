import type { Middleware } from 'koa';
import { ApiProblem } from '../problem.ts';
import type { Authenticator } from '../services/authenticator.ts';
import type { RequestState } from '../state.ts';

/**
 * Asks for a key in `X-API-Key` on every path under /api, known or not, so that 401 comes before 404 (contract §8).
 * @param openPaths those that anybody may use.
 */
export function authenticate(authenticator: Authenticator, openPaths: ReadonlySet<string>): Middleware<RequestState> {
  return async (ctx, next) => {
    const isApi = ctx.path === '/api' || ctx.path.startsWith('/api/');
    if (isApi && !openPaths.has(ctx.path)) {
      const key = ctx.get('X-API-Key');
      const identity = key ? await authenticator.authenticate(key) : null;
      if (!identity) {
        throw new ApiProblem(
          'unauthorized',
          key ? 'The API key is not known.' : 'Send an API key in the header X-API-Key.',
          { headers: { 'WWW-Authenticate': 'ApiKey realm="relay"' } },
        );
      }
      ctx.state.identity = identity;
    }
    await next();
  };
}
