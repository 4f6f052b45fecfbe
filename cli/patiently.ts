import { setTimeout as sleep } from 'node:timers/promises';
import { RelayProblem } from '../client/index.ts';

const DEFAULT_WAIT_MS = 1000;

/** Makes a call; when the key has made too many, says so on stderr, waits as Relay asks, and makes it again. */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
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
