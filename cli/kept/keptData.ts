import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterHomes, endLeftServers, InUseError, removeServers, takeDirectory } from '../../embedded/index.ts';
import { CommandFailed } from '../failure.ts';

/** Where a backup is unpacked, in the data directory, before it takes the place of what was there. */
export const RESTORING = 'restoring';
/** What `npm start` keeps in the data directory beside the servers' directories. */
const FILES = ['secrets.key', 'instance.json'];

/**
 * Does something with what `npm start` keeps while no Relay runs on it, nor starts, nor any server that one left behind.
 * @throws {CommandFailed} when a Relay runs on it.
 */
export async function whileStopped<T>(dataDir: string, act: () => Promise<T>): Promise<T> {
  const release = await takeDirectory(dataDir).catch((error: unknown) => {
    if (!(error instanceof InUseError)) throw error;
    throw new CommandFailed(`A Relay runs with ${dataDir} (process ${error.pid})`, 'End it first, with relay stop.');
  });
  try {
    await endLeftServers(dataDir, console.error);
    // Of a restore that was cut short.
    await rm(join(dataDir, RESTORING), { recursive: true, force: true });
    return await act();
  } finally {
    await release();
    // Nobody keeps anything in it then; a directory that holds more is left.
    await rmdir(dataDir).catch(() => undefined);
  }
}

/** The paths of what is kept: databases wherever they are, Temporal's state, the key. Empty where nothing was begun. */
export async function keptPaths(dataDir: string): Promise<string[]> {
  const others = ['temporal', 'secrets.key'].map((name) => join(dataDir, name)).filter((path) => existsSync(path));
  return [...(await clusterHomes(dataDir)), ...others];
}

/** Removes it all, and nothing else that may be in the directory. */
export async function removeKept(dataDir: string): Promise<void> {
  await removeServers(dataDir);
  for (const file of FILES) await rm(join(dataDir, file), { force: true });
}
