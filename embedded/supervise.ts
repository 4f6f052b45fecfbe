import { setTimeout as sleep } from 'node:timers/promises';

import { describeExit, type ServerExit } from './childServer.ts';

/** What a supervisor needs of a server. */
export interface SupervisedServer {
  /** Resolves when it has ended, for whatever reason. */
  exited: Promise<ServerExit>;
  /** Stops it, if it runs, and gives back what it held. */
  stop(): Promise<void>;
  /** The last lines it wrote. */
  lastLines(): Promise<string>;
}

export interface SuperviseOptions<T extends SupervisedServer> {
  /** As a person would say it: "PostgreSQL". */
  name: string;
  /** Starts the server on the same data and port each time. */
  start: () => Promise<T>;
  /** Takes lines about what is going on. */
  log: (line: string) => void;
  now?: () => number;
  /** Resolves after so many milliseconds, or when the signal is given. */
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface Supervisor<T> {
  /** As it was when it was started first; address and port stay so. */
  first: T;
  /** Resolves when the server runs, at once or when it has been started again. Rejects when that has been given up. */
  up(): Promise<unknown>;
  /** Resolves with the reason when the server is given up. */
  failed: Promise<string>;
  /** Stops the server, and starts it no more. */
  stop: () => Promise<void>;
}

const MAX_CRASHES = 5;
const WITHIN_MINUTES = 5;
const FIRST_WAIT_MS = 1000;

/**
 * Starts a server and, when it ends by itself, starts it again: after 1 s, 2 s, 4 s …, until it has ended five times within
 * five minutes. A start that fails counts as an end.
 * @throws what the first start throws.
 */
export async function supervise<T extends SupervisedServer>(options: SuperviseOptions<T>): Promise<Supervisor<T>> {
  const { name, start, log, now = Date.now, wait = waitOr } = options;
  const stopping = new AbortController();
  const first = await start();
  let server = first;
  let up: Promise<unknown> = Promise.resolve();

  /** Starts it until it runs. Returns why it has been given up; null when it runs, or is to be stopped. */
  async function startAgain(crashes: number[], reason: string, words: string): Promise<string | null> {
    for (;;) {
      const since = now() - WITHIN_MINUTES * 60_000;
      crashes.splice(0, crashes.length, ...crashes.filter((at) => at > since), now());
      if (crashes.length >= MAX_CRASHES) {
        const often = `${crashes.length} times within ${WITHIN_MINUTES} minutes`;
        return `${name} has ended ${often}, the last time with ${reason}:\n${words}`;
      }
      const waitMs = FIRST_WAIT_MS * 2 ** (crashes.length - 1);
      log(`${name} has ended (${reason}); starting it again in ${waitMs / 1000} s`);
      await wait(waitMs, stopping.signal);
      if (stopping.signal.aborted) return null;
      try {
        await server.stop();
        server = await start();
        if (!stopping.signal.aborted) log(`${name} is up again`);
        return null;
      } catch (error) {
        reason = 'an error at its start';
        words = error instanceof Error ? error.message : String(error);
      }
    }
  }

  async function watch(): Promise<string | null> {
    const crashes: number[] = [];
    for (;;) {
      const exit = await server.exited;
      if (stopping.signal.aborted) return null;
      const again = server.lastLines().then((words) => startAgain(crashes, describeExit(exit), words));
      up = again.then((reason) => {
        if (reason !== null) throw new Error(reason);
      });
      up.catch(() => undefined);
      const reason = await again;
      if (reason !== null || stopping.signal.aborted) return reason;
    }
  }

  const watching = watch();
  return {
    first,
    up: () => up,
    failed: watching.then((reason) => reason ?? new Promise<never>(() => undefined)),
    async stop() {
      stopping.abort();
      // The server that runs now, and the one that is perhaps being started.
      await server.stop();
      await watching;
      await server.stop();
    },
  };
}

function waitOr(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}
