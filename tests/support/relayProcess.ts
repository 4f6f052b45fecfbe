import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createApiClient, type ApiClient } from './apiClient.ts';

/** Node's options for a process of Relay, as `npm start` has them. */
export const NODE_OPTIONS = ['--max-semi-space-size=64', '--import', 'tsx'];

const MAIN = fileURLToPath(new URL('../../process/main.ts', import.meta.url));

type LogLine = Record<string, unknown> & { message: string; url?: string };

export interface RelayProcess {
  api: ApiClient;
  url: string;
  pid: number;
  /** Every line that it has printed, to either output. */
  output: string[];
  /** Those of them that are its log, parsed. */
  readonly log: LogLine[];
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

interface StartOptions {
  /** Filled with what it prints, for who wants to read it before it is up. */
  output?: string[];
  /** Reads nothing more of what it prints once it is up, which would cost a benchmark time. */
  quiet?: boolean;
  /** With less than `info` it could not be seen to be up. */
  logLevel?: 'info' | 'debug';
  /** More options for Node. */
  nodeOptions?: string[];
  /** The entry point of another release; else this one's. */
  main?: string;
}

/** Relay's own entry point in a process of its own, as the container runs it; resolves once it is up. */
export async function startRelayProcess(
  env: NodeJS.ProcessEnv,
  { output = [], quiet = false, logLevel = 'info', nodeOptions = [], main = MAIN }: StartOptions = {},
): Promise<RelayProcess> {
  const child = spawn(process.execPath, [...NODE_OPTIONS, ...nodeOptions, main], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, LOG_LEVEL: logLevel },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
  child.stderr.pipe(process.stderr);
  const url = await upUrl(child, output, quiet);
  const end = (signal: NodeJS.Signals) =>
    new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
      child.once('exit', resolve);
      child.kill(signal);
    });
  return {
    url,
    pid: child.pid ?? 0,
    output,
    get log() {
      return output.flatMap((line) => logLine(line) ?? []);
    },
    api: createApiClient(url, undefined, main === MAIN),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

function upUrl(child: ChildProcess, output: string[], quiet: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Relay ended with ${code} before it was up`)));
    const { stdout } = child;
    if (!stdout) return reject(new Error('Relay has no output'));
    const lines = createInterface({ input: stdout }).on('line', (line) => {
      output.push(line);
      const told = logLine(line);
      if (told?.message !== 'Relay is up') return;
      resolve(told.url ?? '');
      if (!quiet) return;
      lines.close();
      stdout.resume();
    });
  });
}

function logLine(line: string): LogLine | undefined {
  return line.startsWith('{') ? (JSON.parse(line) as LogLine) : undefined;
}
