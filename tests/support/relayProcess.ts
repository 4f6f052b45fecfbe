import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createApiClient, type ApiClient } from './apiClient.ts';

const MAIN = fileURLToPath(new URL('../../api/main.ts', import.meta.url));

export type LogLine = Record<string, unknown> & { message: string };

export interface RelayProcess {
  api: ApiClient;
  url: string;
  pid: number;
  /** What it has logged. */
  log: LogLine[];
  /** Every line that it has printed, to either output. */
  output: string[];
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Relay's own entry point in a process of its own, as the container runs it.
 * @param options.quiet reads nothing more of what it logs once it is up, which would cost a benchmark time.
 * @param options.logLevel `info` or `debug`: with less it could not be seen to be up.
 */
export async function startRelayProcess(
  env: NodeJS.ProcessEnv,
  { quiet = false, logLevel = 'info' } = {},
): Promise<RelayProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, LOG_LEVEL: logLevel },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: LogLine[] = [];
  const output: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
  child.stderr.pipe(process.stderr);
  const url = await upUrl(child, { log, output, quiet });
  const end = (signal: NodeJS.Signals) =>
    new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
      child.once('exit', resolve);
      child.kill(signal);
    });
  return {
    url,
    pid: child.pid ?? 0,
    log,
    output,
    api: createApiClient(url),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

function upUrl(
  child: ChildProcess,
  { log, output, quiet }: Pick<RelayProcess, 'log' | 'output'> & { quiet: boolean },
): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Relay ended with ${code} before it was up`)));
    const { stdout } = child;
    if (!stdout) return reject(new Error('Relay has no output'));
    const lines = createInterface({ input: stdout }).on('line', (line) => {
      output.push(line);
      if (!line.startsWith('{')) return;
      const told = JSON.parse(line) as LogLine & { url?: string };
      log.push(told);
      if (told.message !== 'Relay is up') return;
      resolve(told.url ?? '');
      if (!quiet) return;
      lines.close();
      stdout.resume();
    });
  });
}
