import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterHomes, clusterVersion } from '../../embedded/index.ts';
import { CommandFailed } from '../failure.ts';
import { writeManifest } from './manifest.ts';
import { pack } from './tar.ts';

/** Names in a backup, and where the data directory has them; those that are not there are left out. */
export const PARTS = {
  'secrets.key': 'secrets.key',
  password: join('postgres', 'password'),
  'temporal.store': join('temporal', 'store'),
  // Of a Temporal that keeps its state in SQLite.
  'temporal.sqlite': join('temporal', 'temporal.sqlite'),
  'temporal.sqlite-wal': join('temporal', 'temporal.sqlite-wal'),
} as const;
/** The cluster's files; in PostgreSQL, Temporal's databases are among them. */
export const DATA = 'data';

export interface MadeBackup {
  bytes: number;
  /** Whether the key that seals the signing secrets is in it; it is not where SECRETS_KEY was given. */
  hasKey: boolean;
}

/** Writes what `npm start` keeps in `dataDir` to `file`, whole or not at all. No Relay may run on it. */
export async function backUp(dataDir: string, file: string): Promise<MadeBackup> {
  const [home] = await clusterHomes(dataDir);
  const version = home && (await clusterVersion(join(home, DATA)));
  if (!home || !version) {
    throw new CommandFailed(
      `There is no database in ${dataDir}`,
      'Name the data directory with RELAY_DATA_DIR. One that DATABASE_URL names is dumped with pg_dump (docs/OPERATIONS.md).',
    );
  }
  const staged = await mkdtemp(join(tmpdir(), 'relay-backup-'));
  const partial = `${file}.partial`;
  try {
    await writeManifest(staged, version);
    await symlink(join(home, DATA), join(staged, DATA));
    for (const [name, path] of Object.entries(PARTS)) {
      if (existsSync(join(dataDir, path))) await symlink(join(dataDir, path), join(staged, name));
    }
    await pack(staged, partial);
    await rename(partial, file);
  } finally {
    await rm(staged, { recursive: true, force: true });
    await rm(partial, { force: true });
  }
  return { bytes: (await stat(file)).size, hasKey: existsSync(join(dataDir, PARTS['secrets.key'])) };
}
