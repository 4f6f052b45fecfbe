import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchmodSync, openSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { signal } from './processes.ts';
import { serverEnvironment } from './serverEnvironment.ts';

const MAX_LOG_BYTES = 16 * 1024 * 1024;

/** How to run one server as a child process. */
export interface ChildServerOptions {
  command: string;
  args: string[];
  /** Where standard output and error go; appended to, begun anew when it has grown past 16 MiB. */
  logFile: string;
  /** The signal that asks the server to stop in order. */
  stopSignal: NodeJS.Signals;
  /** By default what {@link serverEnvironment} leaves of ours. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The user to run as; by default our own. */
  uid?: number;
  gid?: number;
}

/** How a server ended: its exit code, or the signal that ended it. */
export interface ServerExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running child server. */
export interface ChildServer {
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<ServerExit>;
  /** How it ended, or null while it runs. */
  exit(): ServerExit | null;
  /** Asks with `signal`, waits up to `graceMs`, then kills. Resolves when the process is gone; may be called again. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<void>;
  /** The last lines that it wrote since this start. */
  lastLines(count?: number): Promise<string>;
}

/**
 * Starts a server so that a Ctrl-C on the terminal reaches only us, who then stop things in order (it gets a process
 * group of its own), and so that it does not outlive us, however we end (see {@link guard}).
 */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  const size = statSync(options.logFile, { throwIfNoEntry: false })?.size ?? 0;
  const logStart = size > MAX_LOG_BYTES ? 0 : size;
  // It may hold what was in a query; earlier releases let everybody read it.
  const log = openSync(options.logFile, logStart < size ? 'w' : 'a', 0o600);
  fchmodSync(log, 0o600);
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: options.env ?? serverEnvironment(),
    cwd: options.cwd,
    uid: options.uid,
    gid: options.gid,
  });
  closeSync(log);
  await once(child, 'spawn');
  const pid = child.pid!;
  let exit: ServerExit | null = null;
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, name) => resolve((exit = { code, signal: name })));
  });
  const release = guard(pid, options.stopSignal);
  void exited.then(release);

  return {
    pid,
    exited,
    exit: () => exit,
    async stop(name, graceMs) {
      if (exit) return;
      signal(pid, name);
      const killer = setTimeout(() => signal(pid, 'SIGKILL'), graceMs);
      await exited;
      clearTimeout(killer);
    },
    lastLines: (count = 15) => lastLines(options.logFile, logStart, count),
  };
}

/** Waits until `ready` says so. Throws with the server's last lines when it ends first or takes longer than `timeoutMs`. */
export async function waitUntilReady(
  server: ChildServer,
  name: string,
  timeoutMs: number,
  ready: () => Promise<boolean>,
): Promise<void> {
  const until = Date.now() + timeoutMs;
  while (!(await ready())) {
    const exit = server.exit();
    if (exit) throw new Error(`${name} ended at its start (${describeExit(exit)}):\n${await server.lastLines()}`);
    if (Date.now() > until) {
      throw new Error(`${name} was not ready after ${timeoutMs / 1000} s:\n${await server.lastLines()}`);
    }
    await sleep(20);
  }
}

/** "exit code 1" or "signal SIGKILL". */
export function describeExit(exit: ServerExit): string {
  return exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
}

/**
 * Ends `pid` when this process dies, even by kill -9: a shell that waits for the end of a pipe which only we hold open.
 * Returns the function that sends it home; call it as soon as the server has ended, before its pid can be used again.
 */
function guard(pid: number, stopSignal: NodeJS.Signals): () => void {
  const script = `
    read -r _ && exit 0
    kill -s "$2" "$1" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done
    kill -s KILL "$1" 2>/dev/null`;
  const watcher: ChildProcess = spawn('/bin/sh', ['-c', script, 'relay-guard', String(pid), stopSignal.slice(3)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: serverEnvironment(),
    cwd: '/',
  });
  watcher.on('error', () => undefined);
  watcher.stdin?.on('error', () => undefined);
  watcher.unref();
  return () => watcher.stdin?.end('ended\n');
}

/** @param from the first byte that counts. */
async function lastLines(file: string, from: number, count: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => null);
  if (!handle) return '(no log was written)';
  try {
    const { size } = await handle.stat();
    if (size <= from) return '(it wrote nothing)';
    const start = Math.max(from, size - 16 * 1024);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - start), position: start });
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-count).join('\n');
  } finally {
    await handle.close();
  }
}
