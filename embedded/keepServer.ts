import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Getting } from './getting.ts';
import { takeDirectory } from './ownership.ts';
import { buildDirectory, builtServerIn, type BuiltServer } from './serverCache.ts';

/** Getting a server waits this long for another process that is at it; longer than any build takes. */
const LOCK_WAIT_MS = 30 * 60_000;

/**
 * Puts the pinned server's programs into the user's cache, whole or not at all: `fill` writes them into the directory it is
 * given. Two processes do not disturb each other; the second waits for the first, and then has nothing to do.
 * @throws what `fill` throws.
 */
export async function keepServer(
  { log, onProgress, signal }: Getting,
  fill: (directory: string) => Promise<void>,
): Promise<BuiltServer> {
  const target = await buildDirectory();
  const release = await takeDirectory(`${target}.lock`, {
    waitMs: LOCK_WAIT_MS,
    signal,
    onWait: (pid) => {
      const waiting = `Waiting for process ${pid}, which is getting the Temporal server`;
      log(waiting);
      onProgress?.(waiting);
    },
  });
  try {
    const ready = await builtServerIn(target);
    if (ready) return ready;
    await mkdir(dirname(target), { recursive: true });
    const partial = await mkdtemp(`${target}.new-`);
    try {
      await fill(partial);
      await rm(target, { recursive: true, force: true });
      await rename(partial, target);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    const kept = await builtServerIn(target);
    if (!kept) throw new Error(`There are programs missing in ${target}.`);
    return kept;
  } finally {
    await release();
    await rm(`${target}.lock`, { recursive: true, force: true });
  }
}
