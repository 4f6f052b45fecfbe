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
  /** Counts requests. @param limit a minute. @param requests by default one. */
  take: (key: string, limit: number, requests?: number) => Promise<RateVerdict>;
}

/** The limit of a session: a dashboard asks for many things at once. */
const SESSION_REQUESTS_PER_MINUTE = 1000;

/**
 * Counts each authenticated request against its key's limit, and says where the caller stands.
 * @param perMinute for keys without a limit of their own; 0 is unlimited.
 */
export function rateLimit(limiter: RateLimiter, perMinute: number): Middleware<RequestState> {
  return async (ctx, next) => {
    const count = async (requests: number): Promise<void> => {
      const { identity, bySession } = ctx.state;
      const verdict = identity && (await takeFrom(limiter, perMinute, { identity, bySession, requests }));
      if (!verdict) return;
      ctx.set({
        'RateLimit-Limit': String(verdict.limit),
        'RateLimit-Remaining': String(verdict.remaining),
        'RateLimit-Reset': String(verdict.resetSeconds),
      });
      refuseOver(verdict);
    };
    ctx.state.countMore = count;
    await count(1);
    await next();
  };
}

/** Counts one request that carries no key of its own, as signing in, against the key that it is about. @throws ApiProblem `rate_limited` */
export async function countRequest(limiter: RateLimiter, perMinute: number, identity: ApiKeyIdentity): Promise<void> {
  const verdict = await takeFrom(limiter, perMinute, { identity, bySession: false, requests: 1 });
  if (verdict) refuseOver(verdict);
}

/** A session has a window of its own, unless its key has less: then both share the key's. */
async function takeFrom(
  limiter: RateLimiter,
  perMinute: number,
  { identity, bySession, requests }: { identity: ApiKeyIdentity; bySession: boolean; requests: number },
): Promise<RateVerdict | null> {
  const { keyId, rateLimitPerMinute = null } = identity;
  const ofKey = rateLimitPerMinute || SESSION_REQUESTS_PER_MINUTE;
  if (bySession && ofKey >= SESSION_REQUESTS_PER_MINUTE) {
    return limiter.take(`session:${keyId}`, SESSION_REQUESTS_PER_MINUTE, requests);
  }
  const limit = rateLimitPerMinute ?? perMinute;
  return limit === 0 ? null : limiter.take(`key:${keyId}`, limit, requests);
}

function refuseOver({ allowed, limit, resetSeconds }: RateVerdict): void {
  if (allowed) return;
  throw new ApiProblem('rate_limited', `This key may make ${limit} requests a minute.`, {
    headers: { 'Retry-After': String(resetSeconds) },
  });
}
