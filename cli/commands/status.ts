import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ownerOf } from '../../embedded/ownership.ts';
import { dataDirectory } from '../start/dataDirectory.ts';
import { readInstance, type Instance } from '../start/instance.ts';

/** What is known of the `npm start` of a data directory. */
interface Status {
  running: boolean;
  pid: number | null;
  /** Null while it is not up. */
  instance: Instance | null;
  dataDirectory: string;
  /** Of the data directory and of a database that is kept elsewhere. */
  bytes: number;
}

const MIB = 1024 * 1024;

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('Shows what npm start runs with the data directory here: addresses, database, where the data is.')
    .option('--json', 'print it as one JSON object')
    .action(async ({ json }: { json?: boolean }) => {
      const status = await readStatus(dataDirectory(process.env));
      console.log(json ? JSON.stringify(status, null, 2) : describe(status));
    });
}

async function readStatus(directory: string): Promise<Status> {
  const pid = await ownerOf(directory);
  const instance = pid === null ? null : await readInstance(directory);
  const database = instance?.databaseDirectory ?? null;
  const elsewhere = database !== null && !database.startsWith(directory) ? await sizeOf(database) : 0;
  const bytes = (await sizeOf(directory)) + elsewhere;
  return { running: pid !== null, pid, instance, dataDirectory: directory, bytes };
}

function describe({ pid, instance, dataDirectory: directory, bytes }: Status): string {
  const data: [string, string] = ['Data', `${directory} (${(bytes / MIB).toFixed(1)} MiB)`];
  if (pid === null) return lines('Not running.', [data]);
  if (!instance) return lines(`Starting or stopping (process ${pid}).`, [data]);
  const { startedAt, url, temporalAddress, temporalUiUrl, databaseUrl, databaseDirectory } = instance;
  return lines(`Running since ${startedAt} (process ${pid}).`, [
    ['API, dashboard', url],
    ['Temporal', temporalAddress ?? `not there yet; ${url}/readyz says how far it is`],
    ['Temporal Web UI', temporalUiUrl],
    ['Database', databaseUrl],
    ['Database files', databaseDirectory],
    data,
  ]);
}

function lines(title: string, rows: [string, string | null][]): string {
  return [title, ...rows.flatMap(([name, value]) => (value ? [`  ${name.padEnd(16)} ${value}`] : []))].join('\n');
}

/** In bytes, without what links lead to. What goes away meanwhile counts for nothing. */
async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true }).catch(() => []);
  const sizes = entries.map((entry) =>
    lstat(join(directory, entry))
      .then(({ size }) => size)
      .catch(() => 0),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
