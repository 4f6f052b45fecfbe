import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptRecord, DeliveryStanding, DeliveryStore } from './ports.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;
/** How long a result is held on to while it cannot be written. */
const PATIENCE_MS = 60_000;

/**
 * Records an attempt, trying again while the database is away: what is given up here is sent again, so patience saves
 * the receiver a duplicate. Safe to repeat, since an attempt is known by its id.
 * @returns null when the delivery is not there any more.
 * @throws the last error, after a minute.
 */
export async function recordAttempt(store: DeliveryStore, attempt: AttemptRecord): Promise<DeliveryStanding | null> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await store.record(attempt);
    } catch (error) {
      if (Date.now() + waitMs > giveUpAt) throw error;
      await sleep(waitMs);
    }
  }
}
