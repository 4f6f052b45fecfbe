import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { Logger } from '../ops/logger.ts';
import { unlessAborted } from '../ops/unlessAborted.ts';
import { connectTemporal, type TemporalConnection, type TemporalPlace } from './connection.ts';
import { claimTaskQueue, TaskQueueInUse } from './taskQueue.ts';

/** A try that takes longer is given up: a server that takes connections and says nothing would hold it for ever, in ms. */
const TRY_MS = 15_000;
const PAUSE_MS = 1000;
/** The same trouble is told again after so long, in ms. */
const TELL_MS = 60_000;

export interface LinkOptions {
  place: TemporalPlace;
  /** The queue that is taken for this installation before anything is asked of it. */
  claim: { taskQueue: string; installationId: string };
  /** Resolves when there is a Temporal to connect to; by default there is one. */
  after?: Promise<unknown>;
}

/** A process's way to Temporal, which may be there later than the process, after minutes or days. */
export interface TemporalLink {
  /**
   * Resolves when Temporal was reached and the task queue is this installation's.
   * Rejects with what waiting does not mend: TaskQueueInUse, and settings that cannot be used.
   */
  connected: Promise<TemporalConnection>;
  /** Resolves when there is no Temporal yet: the first try has failed, or is not due. */
  isLate: Promise<void>;
  /** Tries no more, and closes the connection. Its worker must have ended. */
  close: () => Promise<void>;
}

/** Connects to Temporal, however long that takes; what hinders it is logged, at once and then each minute. */
export function openLink({ place, claim, after }: LinkOptions, logger: Pick<Logger, 'warn'>): TemporalLink {
  const closing = new AbortController();
  const { signal } = closing;
  let told = { message: '', at: 0 };
  let late: () => void = () => undefined;
  const isLate = new Promise<void>((resolve) => (late = resolve));

  async function connect(): Promise<TemporalConnection> {
    if (after) {
      late();
      await unlessAborted(after, signal);
    }
    for (;;) {
      try {
        return await connectAndClaim(place, claim, signal);
      } catch (error) {
        if (signal.aborted || error instanceof TaskQueueInUse || error instanceof TypeError) throw error;
        tell(error);
      }
      late();
      await sleep(PAUSE_MS, undefined, { signal });
    }
  }

  function tell(error: unknown): void {
    const message = String(error);
    if (message === told.message && Date.now() - told.at < TELL_MS) return;
    told = { message, at: Date.now() };
    logger.warn('Temporal cannot be reached yet: first attempts are made, everything else waits for it', {
      address: place.options.address,
      todo: 'Start Temporal, or correct TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_TLS_*',
      error,
    });
  }

  const connected = connect();
  connected.catch(() => undefined); // it is for who waits for it
  return {
    connected,
    isLate,
    async close() {
      closing.abort();
      const temporal = await connected.catch(() => null);
      await temporal?.connection.close();
    },
  };
}

/** @throws TaskQueueInUse, a TypeError when the settings cannot be used, and anything else when it may come right. */
async function connectAndClaim(
  place: TemporalPlace,
  claim: LinkOptions['claim'],
  closing: AbortSignal,
): Promise<TemporalConnection> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(TRY_MS)]);
  const connecting = connectTemporal(place);
  try {
    const temporal = await unlessAborted(connecting, signal);
    const claiming = claimTaskQueue(new Client(temporal), claim);
    await unlessAborted(claiming, signal);
    return temporal;
  } catch (error) {
    // Also one that is there only later.
    connecting.then(({ connection }) => connection.close()).catch(() => undefined);
    throw error;
  }
}
