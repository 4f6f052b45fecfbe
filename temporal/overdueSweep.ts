import type { Logger } from '../ops/logger.ts';

/** How often deliveries are looked for that should have been attempted minutes ago, in ms. */
const SWEEP_MS = 15_000;

export interface OverdueSweep {
  stop: () => Promise<void>;
}

/**
 * Looks for what Temporal has forgotten, in every process with a worker; several at once share what they find.
 * @param handOver puts it into the outbox again and answers how many deliveries that were.
 */
export function startOverdueSweep(
  handOver: () => Promise<number>,
  { logger, onHandedOver }: { logger: Logger; onHandedOver: (deliveries: number) => void },
): OverdueSweep {
  let sweeping: Promise<void> | null = null;
  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error: unknown) => void logger.warn('Overdue deliveries could not be looked for', { error }))
      .finally(() => (sweeping = null));
  }, SWEEP_MS);

  async function sweep(): Promise<void> {
    const deliveries = await handOver();
    if (deliveries === 0) return;
    onHandedOver(deliveries);
    logger.warn('Deliveries that were minutes overdue are handed to Temporal again', { deliveries });
  }

  return {
    async stop() {
      clearInterval(timer);
      await sweeping;
    },
  };
}
