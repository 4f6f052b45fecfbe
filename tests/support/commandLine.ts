import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { eventually } from './eventually.ts';

const BIN = fileURLToPath(new URL('../../bin/relay.js', import.meta.url));

/** Runs `relay` to its end, with nothing of the test's own environment that it would read. */
export function relayCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}, input = '') {
  return execa(process.execPath, [BIN, ...args], { env: environment(env), extendEnv: false, input, reject: false });
}

export interface RunningCommand {
  /** The lines of stdout, and of stderr, so far. */
  lines: string[];
  errors: string[];
  /** Waits for a line of either that matches. */
  line(pattern: RegExp): Promise<string>;
  /** SIGINT, as Ctrl-C sends it; answers with the exit code. */
  stop(): Promise<number | undefined>;
}

/** Runs a command of `relay` that goes on until it is stopped. */
export function startRelayCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
  const child = execa(process.execPath, [BIN, ...args], {
    env: environment(env),
    extendEnv: false,
    buffer: false,
    reject: false,
  });
  const [lines, errors]: [string[], string[]] = [[], []];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  createInterface(child.stderr).on('line', (line) => errors.push(line));
  return {
    lines,
    errors,
    line: (pattern) => eventually(() => [...lines, ...errors].find((line) => pattern.test(line))),
    async stop() {
      child.kill('SIGINT');
      return (await child).exitCode;
    },
  };
}

function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'test', ...env };
}
