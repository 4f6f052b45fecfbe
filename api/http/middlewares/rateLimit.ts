import type { Middleware } from 'koa';
import type { ApiKeyIdentity } from '../caller.ts';
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
    const verdict = identity && (await takeFrom(limiter, perMinute, identity, bySession));
    if (verdict) {
      ctx.set({
        'RateLimit-Limit': String(verdict.limit),
        'RateLimit-Remaining': String(verdict.remaining),
        'RateLimit-Reset': String(verdict.resetSeconds),
      });
      refuseOver(verdict);
    }
    await next();
  };
}

/** Counts one request that carries no key of its own, as signing in, against the key that it is about. @throws ApiProblem `rate_limited` */
export async function countRequest(limiter: RateLimiter, perMinute: number, identity: ApiKeyIdentity): Promise<void> {
  const verdict = await takeFrom(limiter, perMinute, identity, false);
  if (verdict) refuseOver(verdict);
}

/** A session has a window of its own, unless its key has less: then both share the key's. */
async function takeFrom(
  limiter: RateLimiter,
  perMinute: number,
  { keyId, rateLimitPerMinute = null }: ApiKeyIdentity,
  bySession: boolean,
): Promise<RateVerdict | null> {
  const ofKey = rateLimitPerMinute || SESSION_REQUESTS_PER_MINUTE;
  if (bySession && ofKey >= SESSION_REQUESTS_PER_MINUTE) {
    return limiter.take(`session:${keyId}`, SESSION_REQUESTS_PER_MINUTE);
  }
  const limit = rateLimitPerMinute ?? perMinute;
  return limit === 0 ? null : limiter.take(`key:${keyId}`, limit);
}

function refuseOver({ allowed, limit, resetSeconds }: RateVerdict): void {
  if (allowed) return;
  throw new ApiProblem('rate_limited', `This key may make ${limit} requests a minute.`, {
    headers: { 'Retry-After': String(resetSeconds) },
  });
}
