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
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Relay's own entry point in a process of its own, as the container runs it.
 * @param options.quiet reads nothing more of what it logs once it is up, which would cost a benchmark time.
 */
export async function startRelayProcess(env: NodeJS.ProcessEnv, { quiet = false } = {}): Promise<RelayProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log: LogLine[] = [];
  const url = await upUrl(child, log, quiet);
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
    api: createApiClient(url),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

function upUrl(child: ChildProcess, log: LogLine[], quiet: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Relay ended with ${code} before it was up`)));
    const { stdout } = child;
    if (!stdout) return reject(new Error('Relay has no output'));
    const lines = createInterface({ input: stdout }).on('line', (line) => {
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
