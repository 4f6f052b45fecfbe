import type { AttemptOutcome } from '../contract/deliveryWorkflow.ts';
import type { Logger } from '../ops/logger.ts';
import { attemptDelivery, type AttemptDependencies } from './attemptDelivery.ts';
import type { DeliveryJob } from './ports.ts';

/** How many outcomes are kept for workflows that have not asked yet; the others read the delivery's row. */
const MOST_REMEMBERED = 10_000;

export interface FirstAttempt {
  deliveryId: string;
  /** What it needs, unless it has to be read. */
  job: DeliveryJob | undefined;
  /** Whether Temporal has not yet answered that it has the workflow; asked when the attempt is written. */
  isOwed: () => boolean;
  /** Told that the webhook's pace, or its secrets, hold it back. */
  onHeld: () => void;
}

interface Running {
  current: Promise<AttemptOutcome | null>;
  adopted: boolean;
  /** Ends the wait of one that is held back. */
  wake: () => void;
}

/**
 * The first attempts that this process makes ahead of their workflows, so that an event is sent as soon as it is recorded.
 * The workflow adopts the attempt: it waits for its end, or is told its outcome, and makes none of its own.
 */
export class FirstAttempts {
  readonly #make: (attempt: FirstAttempt) => Promise<AttemptOutcome>;
  readonly #running = new Map<string, Running>();
  /** Attempts that were taken and not asked for yet: nothing can change about a delivered one. */
  readonly #delivered = new Map<string, AttemptOutcome>();

  constructor(make: (attempt: FirstAttempt) => Promise<AttemptOutcome>) {
    this.#make = make;
  }

  /**
   * Makes the attempt; one that is held back is made when it may be, unless its workflow has taken over that wait. Answers
   * null when Relay itself was in trouble: the workflow then makes it.
   */
  async begin(attempt: FirstAttempt): Promise<AttemptOutcome | null> {
    const { deliveryId } = attempt;
    const running: Running = { current: Promise.resolve(null), adopted: false, wake: () => undefined };
    this.#running.set(deliveryId, running);
    try {
      for (let next = attempt; ; next = { ...attempt, job: undefined }) {
        running.current = this.#make(next).catch(() => null);
        const outcome = await running.current;
        if (outcome?.status === 'delivered') this.#remember(deliveryId, outcome);
        if (outcome?.status !== 'held') return outcome;
        attempt.onHeld();
        if (!running.adopted) await untilDue(running, outcome.delayMs);
        if (running.adopted) return outcome;
      }
    } finally {
      this.#running.delete(deliveryId);
    }
  }

  /**
   * What came of the attempt that was made here, once it has ended; null when none came of it, and undefined when this
   * process does not know of one.
   */
  adopt(deliveryId: string): Promise<AttemptOutcome | null> | undefined {
    const running = this.#running.get(deliveryId);
    if (running) {
      running.adopted = true;
      running.wake();
      return running.current;
    }
    const delivered = this.#delivered.get(deliveryId);
    this.#delivered.delete(deliveryId);
    return delivered && Promise.resolve(delivered);
  }

  #remember(deliveryId: string, outcome: AttemptOutcome): void {
    if (this.#running.get(deliveryId)?.adopted) return;
    this.#delivered.set(deliveryId, outcome);
    const [oldest] = this.#delivered.keys();
    if (this.#delivered.size > MOST_REMEMBERED && oldest !== undefined) this.#delivered.delete(oldest);
  }
}

/** First attempts as the workflow's own are made: the same guard, pace, recording and trace. */
export function createFirstAttempts(deps: AttemptDependencies, logger: Pick<Logger, 'warn'>): FirstAttempts {
  return new FirstAttempts(async ({ deliveryId, job, isOwed }) => {
    try {
      return await attemptDelivery(deps, { deliveryId, trigger: 'automatic', planned: true }, { job, isOwed });
    } catch (error) {
      logger.warn('A first attempt could not be made or recorded; its workflow makes it', { deliveryId, error });
      throw error;
    }
  });
}

function untilDue(running: Running, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    running.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
