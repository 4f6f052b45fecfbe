import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger.ts';

/** How long a process waits at its start for what it needs; then it ends, for its supervisor to decide. */
const WAIT_MS = 60_000;
const PAUSE_MS = 1000;

export interface Needed<T> {
  /** What is waited for, as the log names it. */
  name: string;
  connect: () => Promise<T>;
  /** Whether waiting may mend this error; any other ends the wait. */
  isPassing: (error: unknown) => boolean;
}

/**
 * Connects to something that may still be starting, or is overloaded: after a power cut everything comes up at once.
 * @throws the last error, at once when waiting does not mend it, else after {@link WAIT_MS}.
 */
export async function untilReachable<T>(needed: Needed<T>, logger: Logger): Promise<T> {
  const { name, connect, isPassing } = needed;
  const until = Date.now() + WAIT_MS;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      if (!isPassing(error) || Date.now() >= until) throw error;
      logger.warn(`${name} cannot be reached yet; waiting for it`, { error });
      await sleep(PAUSE_MS);
    }
  }
}
