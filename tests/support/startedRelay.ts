import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../../ops/freePorts.ts';
import { createApiClient, type ApiClient } from './apiClient.ts';
import { eventually } from './eventually.ts';

const MAIN = fileURLToPath(new URL('../../cli/start/main.ts', import.meta.url));
/** What `npm start` runs, without npm. */
const START = [process.execPath, '--max-semi-space-size=64', '--import', 'tsx', MAIN];

export interface Home {
  dataDir: string;
  /** What `npm start` is given: ports of its own, this data directory, no limits that a test would run into. */
  env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

/**
 * A data directory and ports for a relay that brings its own servers.
 * @param mode of its parent: as root, PostgreSQL runs as another user, and where that may not enter its data is kept elsewhere.
 */
export async function createHome(mode = 0o755): Promise<Home> {
  const parent = await mkdtemp(join(tmpdir(), 'relay-start-'));
  await chmod(parent, mode);
  const dataDir = join(parent, 'data');
  const [api, postgres, temporal, ui] = await findFreePorts(4);
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    RELAY_DATA_DIR: dataDir,
    RATE_LIMIT_PER_MINUTE: '0',
    PORT: `${api}`,
    POSTGRES_PORT: `${postgres}`,
    TEMPORAL_PORT: `${temporal}`,
    TEMPORAL_UI_PORT: `${ui}`,
  };
  return { dataDir, env, remove: () => rm(parent, { recursive: true, force: true }) };
}

export interface StartedRelay {
  api: ApiClient;
  url: string;
  child: ChildProcess;
  /** Every line that it has printed, to either output. */
  lines: string[];
  /** Waits for a line that matches. */
  line(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Resolves with the exit code. */
  ended: Promise<number | null>;
}

/** Runs `npm start`'s program, or another command line that leads to it; resolves once it is up. */
export async function startRelayAt({ env }: Home, command: string[] = START): Promise<StartedRelay> {
  const [program = '', ...args] = command;
  // A process group of its own, as a terminal gives it.
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', (line) => lines.push(line));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = (pattern: RegExp, timeoutMs = 60_000) =>
    eventually(() => lines.find((one) => pattern.test(one)), timeoutMs);
  const early = ended.then((code) => {
    throw new Error(`It ended with ${code}:\n${lines.join('\n')}`);
  });
  await Promise.race([line(/^Relay is up/, 120_000), early]);
  early.catch(() => undefined);
  const url = `http://localhost:${env['PORT']}`;
  return { api: createApiClient(url), url, child, lines, line, ended };
}

/** The processes that serve a data directory, read anew at each call. */
export async function serversOf({ dataDir }: Home): Promise<{ postgres: number; temporal: number; ui: number }> {
  const pid = async (...path: string[]) => Number.parseInt(await readFile(join(dataDir, ...path), 'utf8'), 10);
  return {
    postgres: await pid('postgres', 'cluster', 'data', 'postmaster.pid'),
    temporal: await pid('temporal', 'temporal.pid'),
    ui: await pid('temporal', 'ui.pid'),
  };
}
