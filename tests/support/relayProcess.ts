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
 * @param logLevel `info` or `debug`: from less it could not be seen to be up.
 */
export async function startRelayProcess(env: NodeJS.ProcessEnv, logLevel = 'info'): Promise<RelayProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, LOG_LEVEL: logLevel },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: LogLine[] = [];
  const output: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => output.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
  child.stderr.pipe(process.stderr);
  const url = await upUrl(child, log);
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

function upUrl(child: ChildProcess, log: LogLine[]): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Relay ended with ${code} before it was up`)));
    if (!child.stdout) return reject(new Error('Relay has no output'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const told = JSON.parse(line) as LogLine & { url?: string };
      log.push(told);
      if (told.message === 'Relay is up') resolve(told.url ?? '');
    });
  });
}
