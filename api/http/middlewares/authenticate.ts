import type { Middleware, ParameterizedContext } from 'koa';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from '../callerAddress.ts';
import { ApiProblem } from '../problem.ts';
import { sessionCookieName, type Authenticator } from '../caller.ts';
import type { RequestState } from '../state.ts';

/** The most wrong keys and sessions a minute from one address (of IPv6: one /64). Each process counts alone, which is enough against guessing. */
const FAILURES_PER_MINUTE = 100;
const CHALLENGE = { 'WWW-Authenticate': 'ApiKey realm="relay"' };

/**
 * Asks for a key in `X-API-Key`, or a session's cookie, on every path under /api, known or not, so that 401 comes before
 * 404 (docs/CONTRACT.md §2).
 * @param isOpen whether anybody may make this call.
 */
export function authenticate(
  authenticator: Authenticator,
  isOpen: (method: string, path: string) => boolean,
): Middleware<RequestState> {
  const failures = new RateLimiterMemory({ points: FAILURES_PER_MINUTE, duration: 60 });

  async function refuse(ctx: ParameterizedContext<RequestState>, detail: string): Promise<never> {
    await countFailure(failures, networkOf(ctx.ip));
    throw new ApiProblem('unauthorized', detail, { headers: CHALLENGE });
  }

  return async (ctx, next) => {
    const isApi = ctx.path === '/api' || ctx.path.startsWith('/api/');
    if (!isApi) {
      await next();
      return;
    }
    if (isOpen(ctx.method, ctx.path)) {
      // Signing in is guessing at keys, too.
      try {
        await next();
        return;
      } catch (error) {
        if (error instanceof ApiProblem && error.code === 'unauthorized') return refuse(ctx, error.message);
        throw error;
      }
    }
    const key = ctx.get('X-API-Key');
    const token = key ? undefined : ctx.cookies.get(sessionCookieName(ctx.secure));
    const identify = async () => {
      if (key) return authenticator.authenticate(key);
      return token ? await authenticator.authenticateSession(token) : null;
    };
    ctx.state.identity = await identify();
    ctx.state.isStillValid = async () => (await identify()) !== null;
    ctx.state.bySession = token !== undefined;
    if (!ctx.state.identity) {
      if (key) return refuse(ctx, 'The API key is not known.');
      if (token) return refuse(ctx, 'The session is over. Sign in again.');
      throw new ApiProblem('unauthorized', 'Send an API key in the header X-API-Key.', { headers: CHALLENGE });
    }
    await next();
  };
}

/** @throws ApiProblem `rate_limited` when this address has failed too often. */
async function countFailure(failures: RateLimiterMemory, ip: string): Promise<void> {
  try {
    await failures.consume(ip);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    throw new ApiProblem('rate_limited', 'Too many wrong keys came from this address.', {
      headers: { 'Retry-After': String(Math.ceil(error.msBeforeNext / 1000)) },
    });
  }
}
