import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Logger } from '../../ops/logger.ts';
import { repeat, type Repeated } from '../../ops/repeat.ts';
import { rollUpHour } from './rollUpHours.ts';
import { rollUpSent } from './rollUpSent.ts';

/** Interval between checks for hours to roll up (ms). */
const LOOK_MS = 10_000;
/** Pause between two hours (ms), so that other queries come first. */
const BREATH_MS = 20;

/** Rolls up hours as they end or change, until stopped. Any number of processes may do so; one at a time works. */
export function startRollups(db: Knex, logger: Logger): Repeated {
  const rollups = repeat(
    async (stopping) => {
      for (const rollUp of [rollUpHour, rollUpSent]) {
        while (!stopping.aborted && (await rollUp(db))) await sleep(BREATH_MS);
      }
    },
    { everyMs: LOOK_MS, failure: 'Hours could not be rolled up; statistics count rows meanwhile', logger },
  );
  rollups.wake();
  return rollups;
}
