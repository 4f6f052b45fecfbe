import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { unlessAborted } from '../ops/unlessAborted.ts';
import { buildTemporal, findGo } from './build.ts';
import { downloadTemporal, releaseBase } from './download.ts';
import { downloadCli } from './downloadCli.ts';
import type { Getting } from './getting.ts';
import { buildDirectory, builtServerIn, type BuiltServer, cacheDirectory } from './serverCache.ts';

/** A Temporal server that can be started here: the modules' own, on PostgreSQL, or the CLI's dev server, on SQLite. */
export type FoundServer =
  { kind: 'modules'; programs: BuiltServer; origin: string } | { kind: 'devServer'; cli: string; origin: string };

/**
 * Finds a Temporal server, or gets one: the pinned one from the cache, by download of the official release, by a build with
 * Go; the `temporal` CLI on PATH or in the cache, or by the SDK's download. `only` leaves out the other kind.
 * @throws when none of it works, naming the ways to get one.
 */
export async function findServer(
  getting: Getting,
  { only }: { only?: FoundServer['kind'] } = {},
): Promise<FoundServer> {
  const { log, onProgress, signal } = getting;
  const failures: string[] = [];
  if (only !== 'devServer') {
    const directory = await buildDirectory();
    const programs =
      (await builtServerIn(directory)) ??
      (await downloadHere(getting, failures)) ??
      (await buildHere(getting, failures));
    if (programs) return { kind: 'modules', programs, origin: directory };
  }
  if (only !== 'modules') {
    const cli = (await findOnPath('temporal')) ?? (await executable(join(cacheDirectory(), 'temporal')));
    if (cli) return { kind: 'devServer', cli, origin: cli };
    failures.push('There is no temporal CLI on PATH.');
    onProgress?.('downloading the temporal CLI');
    try {
      const downloading = downloadCli(cacheDirectory(), log);
      const downloaded = await (signal ? unlessAborted(downloading, signal) : downloading);
      return { kind: 'devServer', cli: downloaded, origin: downloaded };
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`The SDK could not download a server: ${message(error)}`);
    }
  }
  throw new Error(
    [
      'No Temporal server was found, and none could be got:',
      ...failures.map((failure) => `  - ${failure.replaceAll('\n', '\n    ')}`),
      'Any one of these will do:',
      '  1. let https://github.com be reached, or set RELAY_DOWNLOAD_URL to a mirror of it, and start again;',
      '  2. install Go 1.26 or newer (https://go.dev/dl) and start again: the server is built once, in minutes;',
      '  3. install the temporal CLI (https://docs.temporal.io/cli) so that it is on PATH;',
      '  4. set TEMPORAL_ADDRESS=host:port to a Temporal server that runs elsewhere.',
    ].join('\n'),
  );
}

const WHERE_IT_IS_KEPT =
  'Where a directory cannot be written: RELAY_CACHE_DIR says where the server is kept, GOMODCACHE and GOCACHE what Go keeps.';

async function downloadHere(getting: Getting, failures: string[]): Promise<BuiltServer | null> {
  const base = releaseBase();
  if (!base) {
    failures.push('RELAY_DOWNLOAD_URL is off, so that the official release was not downloaded.');
    return null;
  }
  try {
    return await downloadTemporal({ base }, getting);
  } catch (error) {
    getting.signal?.throwIfAborted();
    const failure = `The official release could not be downloaded: ${message(error)}.`;
    getting.log(failure);
    failures.push(failure);
    return null;
  }
}

async function buildHere(getting: Getting, failures: string[]): Promise<BuiltServer | null> {
  if (!(await findGo())) {
    failures.push('There is no Go on PATH to build one with.');
    return null;
  }
  try {
    return await buildTemporal(getting);
  } catch (error) {
    getting.signal?.throwIfAborted();
    getting.log('The Temporal server could not be built; looking for another way');
    failures.push(`${message(error)}\n${WHERE_IT_IS_KEPT}`);
    return null;
  }
}

async function findOnPath(name: string): Promise<string | null> {
  for (const directory of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const found = await executable(join(directory, name));
    if (found) return found;
  }
  return null;
}

async function executable(path: string): Promise<string | null> {
  return access(path, constants.X_OK).then(
    () => path,
    () => null,
  );
}

/** A failed fetch says why in its cause only. */
function message(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const told = cause instanceof Error ? cause : error;
  return told instanceof Error ? told.message : String(told);
}
