import type { Middleware } from 'koa';
import { ApiProblem } from '../problem.ts';
import type { RequestState } from '../state.ts';

/** How much of its limit a caller has left after a request. */
export interface RateVerdict {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds until the window ends, whole. */
  resetSeconds: number;
}

export interface RateLimiter {
  /** Counts one request. @param limit a minute. */
  take: (key: string, limit: number) => Promise<RateVerdict>;
}

/** The limit of a session: a dashboard asks for many things at once. */
const SESSION_REQUESTS_PER_MINUTE = 1000;

/**
 * Counts each authenticated request against its key's limit, and says where the caller stands.
 * @param perMinute for keys without a limit of their own; 0 is unlimited.
 */
export function rateLimit(limiter: RateLimiter, perMinute: number): Middleware<RequestState> {
  return async (ctx, next) => {
    const { identity, bySession } = ctx.state;
    const limit = bySession ? SESSION_REQUESTS_PER_MINUTE : (identity?.rateLimitPerMinute ?? perMinute);
    if (!identity || limit === 0) {
      await next();
      return;
    }
    const verdict = await limiter.take(`${bySession ? 'session' : 'key'}:${identity.keyId}`, limit);
    ctx.set({
      'RateLimit-Limit': String(verdict.limit),
      'RateLimit-Remaining': String(verdict.remaining),
      'RateLimit-Reset': String(verdict.resetSeconds),
    });
    if (!verdict.allowed) {
      throw new ApiProblem('rate_limited', `This key may make ${limit} requests a minute.`, {
        headers: { 'Retry-After': String(verdict.resetSeconds) },
      });
    }
    await next();
  };
}
