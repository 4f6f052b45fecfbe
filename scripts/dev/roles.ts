import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Go } from './spare.ts';

const SPARE = fileURLToPath(new URL('spare.ts', import.meta.url));
/** A process that has not ended by then is not waited for: what it has not done, the next one does. */
const STOP_MS = 2000;
const LOOK_MS = 25;

export interface Role {
  name: 'api' | 'worker';
  env: Record<string, string>;
  /** Where it answers when it is up; null for one that answers nothing. */
  probe: string | null;
}

export interface RunningRoles {
  /** Ends the role's process and begins the next. One that is asked for meanwhile follows it. */
  restart: (role: Role) => Promise<void>;
  stop: () => Promise<void>;
}

/** Keeps a process for each role, and one in reserve whose packages are loaded. */
export function runRoles(log: (line: string) => void): RunningRoles {
  const running = new Map<string, ChildProcess>();
  const turns = new Map<string, Promise<void>>();
  let spare = startSpare();
  let isStopping = false;

  async function replace({ name, env, probe }: Role): Promise<void> {
    const began = Date.now();
    const before = running.get(name);
    if (before) await end(before);
    if (isStopping) return;
    const child = spare;
    spare = startSpare();
    running.set(name, child);
    child.send({ env } satisfies Go);
    child.once('exit', (code) => {
      if (running.get(name) === child && !isStopping && code !== null)
        log(`The ${name} has ended with ${code}; it starts again when something changes.`);
    });
    const isUp = probe === null ? true : await untilUp(probe, child);
    if (isUp && before) log(`The ${name} is new after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }

  return {
    restart(role) {
      const turn = (turns.get(role.name) ?? Promise.resolve()).then(() => replace(role));
      turns.set(role.name, turn);
      return turn;
    },
    async stop() {
      isStopping = true;
      spare.kill('SIGKILL');
      await Promise.all([...running.values()].map(end));
    },
  };
}

function startSpare(): ChildProcess {
  return fork(SPARE, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const isEnded = await Promise.race([ended.then(() => true), sleep(STOP_MS, false, { ref: false })]);
  if (!isEnded) child.kill('SIGKILL');
  await ended;
}

/** Whether it came to answer before it ended. */
async function untilUp(probe: string, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    const response = await fetch(probe).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) return true;
    await sleep(LOOK_MS);
  }
  return false;
}
