import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { FoundServer } from './find.ts';

const STORES: Record<FoundServer['kind'], string> = {
  modules: 'PostgreSQL, by the Temporal server itself',
  devServer: "SQLite, by the temporal CLI's dev server",
};

/**
 * Makes sure that the state in `dataDir` is not continued by a server that keeps it elsewhere: workflows that wait for
 * their next try would be forgotten without a word.
 * @throws when it was kept by the other kind, saying what to do.
 */
export async function assertSameStore(dataDir: string, kind: FoundServer['kind']): Promise<void> {
  const earlier = await readStore(dataDir);
  if (earlier === '') return writeFile(fileIn(dataDir), `${kind}\n`);
  if (earlier === kind) return;
  const kept = earlier in STORES ? STORES[earlier as FoundServer['kind']] : earlier;
  throw new Error(
    `The workflows of ${dataDir} are kept in ${kept}, but the server found now keeps them in ${STORES[kind]}. ` +
      'Make the first one available again, or move the directory away: nothing is lost, since what is owed stands in Relay’s own ' +
      'database. Deliveries that waited go on some minutes after they were due, or at once with `npm run requeue`.',
  );
}

/** The kind of server that keeps the state in `dataDir`; empty when there is none. */
export async function readStore(dataDir: string): Promise<string> {
  return (await readFile(fileIn(dataDir), 'utf8').catch(() => '')).trim();
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'store');
}
