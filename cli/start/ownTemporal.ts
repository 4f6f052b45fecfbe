import {
  type EmbeddedTemporal,
  type EmbeddedTemporalOptions,
  startEmbeddedTemporal,
  supervise,
} from '../../embedded/index.ts';
import { LOOPBACK } from '../../ops/freePorts.ts';

export interface OwnTemporal {
  address: string;
  /** Where its Web UI is to be. */
  uiUrl: string;
  /** Resolves when it runs; rejects when it cannot be got or started. */
  up: Promise<EmbeddedTemporal>;
  /** Resolves when there is no server on this machine, so that getting one takes its time. */
  isBeingGot: Promise<void>;
  /** What is done to bring it up, for a person. */
  progress: () => string | null;
  /** Resolves with the reason when it is given up after it ran. */
  failed: Promise<string>;
  /** Stops it, or getting one. */
  stop: () => Promise<void>;
}

type Options = Omit<EmbeddedTemporalOptions, 'onProgress' | 'signal'> & {
  /** Resolves when its database runs; asked before each start. */
  database: () => Promise<unknown>;
};

/** Brings up Temporal beside everything else: a server has to be downloaded or built on a machine that has none. */
export function bringUpTemporal({ database, ...options }: Options): OwnTemporal {
  const stopping = new AbortController();
  const { signal } = stopping;
  let progress: string | null = null;
  let isGetting: () => void = () => undefined;
  const isBeingGot = new Promise<void>((resolve) => (isGetting = resolve));
  const onProgress = (now: string): void => {
    progress = now;
    isGetting();
  };
  const supervised = supervise({
    name: 'Temporal',
    start: async () => {
      await database();
      const temporal = await startEmbeddedTemporal({ ...options, onProgress, signal });
      progress = null;
      return temporal;
    },
    log: options.log,
  });
  const up = supervised.then(({ first }) => first);
  up.catch(() => undefined); // it is for who waits for it
  return {
    address: `${LOOPBACK}:${options.port}`,
    uiUrl: `http://${LOOPBACK}:${options.uiPort}`,
    up,
    isBeingGot,
    progress: () => progress,
    failed: supervised.then(
      ({ failed }) => failed,
      () => new Promise<never>(() => undefined),
    ),
    async stop() {
      stopping.abort();
      const supervisor = await supervised.catch(() => null);
      await supervisor?.stop();
    },
  };
}
