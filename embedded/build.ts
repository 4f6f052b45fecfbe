import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { takeDirectory } from './ownership.ts';
import { buildDirectory, builtServerIn, type BuiltServer, MODULE_DIRECTORY, PROGRAMS } from './serverCache.ts';

const run = promisify(execFile);

/** Building waits this long for a build of another process; longer than any build takes. */
const LOCK_WAIT_MS = 30 * 60_000;

/** The oldest Go that can build the modules; an older one with GOTOOLCHAIN=auto fetches what go.mod names by itself. */
const OLDEST_GO = [1, 21] as const;

/** The version of the `go` on PATH, as "1.26.8", or null when there is none that will do. */
export async function findGo(): Promise<string | null> {
  const { stdout } = await run('go', ['env', 'GOVERSION'], { cwd: MODULE_DIRECTORY }).catch(() => ({ stdout: '' }));
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) !== OLDEST_GO[0] || !(Number(minor) >= OLDEST_GO[1])) return null;
  return stdout.trim().slice(2);
}

/**
 * Builds the pinned Temporal server, SQL tool and Web UI into the user's cache. Takes minutes, once: `log` hears what is
 * being done, and a sign of life every 15 s. Two builds at once do not disturb each other; the second waits for the first.
 * @throws with Go's own message when the build fails.
 */
export async function buildTemporal(log: (line: string) => void): Promise<BuiltServer> {
  const target = await buildDirectory();
  const release = await takeDirectory(`${target}.lock`, {
    waitMs: LOCK_WAIT_MS,
    onWait: (pid) => log(`Waiting for process ${pid}, which is building the Temporal server`),
  });
  try {
    const ready = await builtServerIn(target);
    if (ready) return ready;
    await mkdir(dirname(target), { recursive: true });
    const partial = await mkdtemp(`${target}.new-`);
    try {
      await buildInto(partial, log);
      await rm(target, { recursive: true, force: true });
      await rename(partial, target);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    const built = await builtServerIn(target);
    if (!built) throw new Error(`The build left no programs in ${target}.`);
    return built;
  } finally {
    await release();
    await rm(`${target}.lock`, { recursive: true, force: true });
  }
}

async function buildInto(directory: string, log: (line: string) => void): Promise<void> {
  const startedAt = Date.now();
  const elapsed = (): string => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  log('Building the Temporal server from its Go modules. This happens once and takes 3 to 8 minutes …');
  const programs = Object.values(PROGRAMS);
  for (const [index, program] of programs.entries()) {
    const step = `${program.name} (${index + 1} of ${programs.length})`;
    log(`  compiling ${step}`);
    const alive = setInterval(() => log(`  still compiling ${step}, ${elapsed()} so far`), 15_000);
    try {
      await goBuild(program.package, join(directory, program.name));
    } finally {
      clearInterval(alive);
    }
  }
  log(`Built the Temporal server in ${elapsed()}; it is kept in ${dirname(directory)}`);
}

function goBuild(mainPackage: string, output: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      'go',
      ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags=-s -w', '-o', output, mainPackage],
      {
        cwd: MODULE_DIRECTORY,
        // Without C the build needs no compiler but Go's, and the programs run on any libc.
        env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let message = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (message = (message + text).slice(-4_000)));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`go build of ${basename(output)} failed:\n${message.trim()}`));
    });
  });
}
