import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterPlace } from '../../embedded/index.ts';
import { VERSION } from '../../ops/version.ts';
import { CommandFailed } from '../failure.ts';

/** What a backup says of itself. */
export interface Manifest {
  format: 1;
  /** The release that made it. */
  relay: string;
  /** ISO 8601. */
  createdAt: string;
  /** The major version of PostgreSQL whose files it holds. */
  postgres: number;
  /** The kind of machine, which PostgreSQL's files must fit: `linux-x64`, `darwin-arm64` … */
  system: string;
}

const NAME = 'relay-backup.json';
const SYSTEM = `${process.platform}-${process.arch}`;

/** @param postgres the major version of its PostgreSQL. */
export async function writeManifest(directory: string, postgres: number): Promise<Manifest> {
  const createdAt = new Date().toISOString();
  const manifest: Manifest = { format: 1, relay: VERSION, createdAt, postgres, system: SYSTEM };
  await writeFile(join(directory, NAME), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Reads the manifest of an unpacked backup. @throws {CommandFailed} when there is none, or of a format that is not known. */
export async function readManifest(directory: string): Promise<Manifest> {
  const text = await readFile(join(directory, NAME), 'utf8').catch(() => null);
  if (text === null) throw new CommandFailed(`There is no ${NAME} in it`, 'relay backup makes such files.');
  const manifest = JSON.parse(text) as { format: number };
  if (manifest.format === 1) return manifest as Manifest;
  throw new CommandFailed(
    `Its format, ${manifest.format}, is not known here`,
    'Use a Relay as new as the one that made it.',
  );
}

/** @throws {CommandFailed} when the files of the database cannot be used here. */
export function assertFits({ postgres, system, relay }: Manifest, { major }: Pick<ClusterPlace, 'major'>): void {
  if (system !== SYSTEM) {
    throw new CommandFailed(
      `It was made on ${system}, and this is ${SYSTEM}: the files of a database do not fit another kind of machine`,
      'Restore it on such a machine, dump the database there with pg_dump, and restore the dump here (docs/OPERATIONS.md).',
    );
  }
  if (postgres !== major) {
    throw new CommandFailed(
      `It holds the files of PostgreSQL ${postgres}, and this Relay brings PostgreSQL ${major}`,
      `Restore it with the Relay that made it, ${relay}, dump the database with pg_dump, and restore the dump here (docs/OPERATIONS.md).`,
    );
  }
}
