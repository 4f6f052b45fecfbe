import type { Logger } from './logger.ts';

export interface Repeated {
  /** Runs it now, unless it is running. */
  wake: () => void;
  /** Begins no more runs, tells the one under way by its signal, and resolves when that has ended. */
  stop: () => Promise<void>;
}

/**
 * Runs something again and again, never twice at once. A run that fails is logged and the next one tries again.
 * @param failure what the log says of a run that failed.
 */
export function repeat(
  run: (stopping: AbortSignal) => Promise<void>,
  { everyMs, failure, logger }: { everyMs: number; failure: string; logger: Pick<Logger, 'warn'> },
): Repeated {
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  const timer = setInterval(wake, everyMs);

  function wake(): void {
    running ??= run(stopping.signal)
      .catch((error: unknown) => void logger.warn(failure, { error }))
      .finally(() => (running = null));
  }

  return {
    wake,
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
