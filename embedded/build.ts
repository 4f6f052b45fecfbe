import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { beginStep, type Getting, shareOf } from './getting.ts';
import { keepServer } from './keepServer.ts';
import { signal as signalTo } from './processes.ts';
import { type BuiltServer, MODULE_DIRECTORY, PROGRAMS } from './serverCache.ts';

const run = promisify(execFile);

/** The oldest Go that can build the modules; an older one with GOTOOLCHAIN=auto fetches what go.mod names by itself. */
const OLDEST_GO = [1, 21] as const;
const FLAGS = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags=-s -w'];
/** So much of what Go said last is told when it fails, in characters. */
const LAST_WORDS = 4000;

/** The version of the `go` on PATH, as "1.26.8", or null when there is none that will do. */
export async function findGo(): Promise<string | null> {
  const { stdout } = await run('go', ['env', 'GOVERSION'], { cwd: MODULE_DIRECTORY }).catch(() => ({ stdout: '' }));
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) !== OLDEST_GO[0] || !(Number(minor) >= OLDEST_GO[1])) return null;
  return stdout.trim().slice(2);
}

/**
 * Builds the pinned Temporal server, SQL tool and Web UI into the user's cache. Takes minutes, once; what share of the
 * packages is compiled is told as it grows.
 * @throws with Go's own message when the build fails.
 */
export function buildTemporal(getting: Getting): Promise<BuiltServer> {
  return keepServer(getting, (directory) => buildInto(directory, getting));
}

async function buildInto(directory: string, getting: Getting): Promise<void> {
  const { log, signal } = getting;
  const startedAt = Date.now();
  log('Building the Temporal server from its Go modules. This happens once and takes 3 to 8 minutes …');
  const step = beginStep(getting);
  try {
    const missing = await findMissing(step.tell, signal);
    const total = missing.size;
    for (const program of Object.values(PROGRAMS)) {
      const tell = () => {
        const done = total - missing.size;
        step.tell(`compiling ${program.name}: ${shareOf(done, total)} done, ${done} of ${total} packages`);
      };
      tell();
      const output = join(directory, program.name);
      await go(['build', '-v', ...FLAGS, '-o', output, program.package], {
        signal,
        isProgress: (line) => missing.delete(line),
        onProgress: tell,
      });
    }
  } finally {
    step.end();
  }
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  log(`Built the Temporal server in ${seconds} s; it is kept in ${dirname(directory)}`);
}

/** The packages that Go has not compiled yet, by their paths. Fetches the modules that are not on this machine. */
async function findMissing(tell: (progress: string) => void, signal: AbortSignal | undefined): Promise<Set<string>> {
  let fetched = 0;
  tell("reading the server's modules");
  const packages = Object.values(PROGRAMS).map((program) => program.package);
  const stale = await go(['list', ...FLAGS, '-deps', '-f', '{{if .Stale}}{{.ImportPath}}{{end}}', ...packages], {
    signal,
    isProgress: (line) => line.startsWith('go: downloading '),
    onProgress: () => tell(`fetching the server's modules: ${++fetched} so far`),
  });
  return new Set(stale.split('\n').filter(Boolean));
}

interface GoRun {
  signal: AbortSignal | undefined;
  /** Whether a line of its messages says only how far it is. */
  isProgress: (line: string) => boolean;
  onProgress: () => void;
}

/** Runs Go in the module, behind everything else on this machine. Answers with what it printed. */
async function go(args: string[], { signal, isProgress, onProgress }: GoRun): Promise<string> {
  signal?.throwIfAborted();
  const child = spawn('go', args, {
    cwd: MODULE_DIRECTORY,
    // Without C the build needs no compiler but Go's, and the programs run on any libc.
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that the compilers it runs can be ended with it.
    detached: true,
  });
  let [printed, message] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (isProgress(line)) onProgress();
    else message = `${message}${line}\n`.slice(-LAST_WORDS);
  });
  await once(child, 'spawn');
  const { pid = 0 } = child;
  setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const end = (): void => void signalTo(-pid, 'SIGTERM');
  process.once('exit', end);
  signal?.addEventListener('abort', end);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(`go ${args[0]} failed:\n${message.trim()}`);
    return printed;
  } finally {
    process.removeListener('exit', end);
    signal?.removeEventListener('abort', end);
  }
}
