import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { buildTemporal, findGo } from './build.ts';
import { downloadCli } from './downloadCli.ts';
import { buildDirectory, builtServerIn, type BuiltServer, cacheDirectory } from './serverCache.ts';

/** A Temporal server that can be started here: the modules' own, on PostgreSQL, or the CLI's dev server, on SQLite. */
export type FoundServer =
  { kind: 'modules'; programs: BuiltServer; origin: string } | { kind: 'devServer'; cli: string; origin: string };

/**
 * Finds a Temporal server, or gets one: a build in the cache, a build with Go, the `temporal` CLI on PATH or in the cache,
 * the SDK's download. `only` leaves out the other kind.
 * @throws when none of it works, naming the ways to get one.
 */
export async function findServer(log: (line: string) => void, only?: FoundServer['kind']): Promise<FoundServer> {
  const failures: string[] = [];
  if (only !== 'devServer') {
    const directory = await buildDirectory();
    const cached = await builtServerIn(directory);
    if (cached) return { kind: 'modules', programs: cached, origin: directory };
    const built = await buildHere(log, failures);
    if (built) return { kind: 'modules', programs: built, origin: directory };
  }
  if (only !== 'modules') {
    const cli = (await findOnPath('temporal')) ?? (await executable(join(cacheDirectory(), 'temporal')));
    if (cli) return { kind: 'devServer', cli, origin: cli };
    failures.push('There is no temporal CLI on PATH.');
    try {
      const downloaded = await downloadCli(cacheDirectory(), log);
      return { kind: 'devServer', cli: downloaded, origin: downloaded };
    } catch (error) {
      failures.push(`The SDK could not download a server: ${message(error)}`);
    }
  }
  throw new Error(
    [
      'No Temporal server was found, and none could be got:',
      ...failures.map((failure) => `  - ${failure.replaceAll('\n', '\n    ')}`),
      'Any one of these will do:',
      '  1. install Go 1.26 or newer (https://go.dev/dl) and start again: the server is built once, in minutes;',
      '  2. install the temporal CLI (https://docs.temporal.io/cli) so that it is on PATH;',
      '  3. set TEMPORAL_ADDRESS=host:port to a Temporal server that runs elsewhere.',
    ].join('\n'),
  );
}

async function buildHere(log: (line: string) => void, failures: string[]): Promise<BuiltServer | null> {
  if (!(await findGo())) {
    failures.push('There is no Go on PATH to build one with.');
    return null;
  }
  try {
    return await buildTemporal(log);
  } catch (error) {
    log('The Temporal server could not be built; looking for another way');
    failures.push(message(error));
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

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
