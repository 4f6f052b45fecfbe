import { setTimeout as sleep } from 'node:timers/promises';
import { RelayProblem } from '../client/index.ts';

const DEFAULT_WAIT_MS = 1000;

/** Makes a call. When it is refused by the rate limit, says so on stderr, waits for `Retry-After`, and makes it again. */
export async function retryWhenRateLimited<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof RelayProblem) || error.code !== 'rate_limited') throw error;
      const waitMs = error.retryAfterMs ?? DEFAULT_WAIT_MS;
      console.error(`Too many requests for this key; going on in ${Math.ceil(waitMs / 1000)} s.`);
      await sleep(waitMs);
    }
  }
}
