import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Logger } from '../../ops/logger.ts';
import { rollUpHour } from './rollUpHours.ts';

/** Interval between checks for hours to roll up (ms). */
const LOOK_MS = 10_000;
/** Pause between two hours (ms), so that other queries come first. */
const BREATH_MS = 20;

/** Rolls up hours as they end or change, until stopped. Any number of processes may do so; one at a time works. */
export function startRollups(db: Knex, logger: Logger): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const worked = await rollUpHour(db).catch((error: unknown) => {
        logger.warn('Hours could not be rolled up; statistics count rows meanwhile', { error });
        return false;
      });
      await sleep(worked ? BREATH_MS : LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
