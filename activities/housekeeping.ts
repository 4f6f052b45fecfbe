import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Housekeeping } from './ports.ts';
import type { HousekeepingActivities } from './types.ts';

/** How long one round of a batch goes on before its workflow takes note, in ms. */
const ROUND_MS = 20_000;
/** How often a batch looks at what has become of its deliveries, in ms. */
const LOOK_MS = 300;
/** A pause between two removals, so that they never take the database from those who wait for it, in ms. */
const BREATH_MS = 50;

/** The activities of bulk work and retention. */
export function createHousekeepingActivities(housekeeping: Housekeeping): HousekeepingActivities {
  return {
    async advanceBatch(batchId) {
      const { heartbeat, cancelled } = present();
      const until = Date.now() + ROUND_MS;
      for (;;) {
        const progress = await housekeeping.advanceBatch(batchId);
        if (progress.status !== 'running' || Date.now() >= until) return progress;
        heartbeat(progress);
        await sleep(LOOK_MS, undefined, { signal: cancelled });
      }
    },

    endBatch: (batchId) => housekeeping.endBatch(batchId),

    async removeExpired() {
      const { heartbeat, cancelled } = present();
      let removed = 0;
      for (;;) {
        const count = await housekeeping.removeExpired();
        if (count === 0) return removed;
        removed += count;
        heartbeat({ removed });
        await sleep(BREATH_MS, undefined, { signal: cancelled });
      }
    },
  };
}

/** What a long activity needs of its context: to show that it lives, and to end when it is not wanted any more. */
function present() {
  const context = Context.current();
  return { heartbeat: (detail: unknown) => context.heartbeat(detail), cancelled: context.cancellationSignal };
}
