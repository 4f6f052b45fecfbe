import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The command line of a running process, or null when there is none (also for one that has ended but was not reaped). */
export async function commandLine(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text === '' ? null : text.replaceAll('\0', ' ').trim();
  }
  const { stdout } = await run('ps', ['-p', String(pid), '-o', 'command=']).catch(() => ({ stdout: '' }));
  return stdout.trim() || null;
}

/**
 * When a process began, in a form that is only good for comparing. Pids are used again (in a container, after every
 * restart), a pid together with this is not.
 */
export async function processBirth(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The second field, the command's name in brackets, may hold spaces: count from its end. Start time is field 22.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
    return ticks === undefined ? null : `${boot.trim()}/${ticks}`;
  }
  const { stdout } = await run('ps', ['-p', String(pid), '-o', 'lstart=']).catch(() => ({ stdout: '' }));
  return stdout.trim() || null;
}

/** Whether `pid` runs with `marker` (a path only our servers are started with) on its command line. */
export async function isOurs(pid: number, marker: string): Promise<boolean> {
  return (await commandLine(pid))?.includes(marker) ?? false;
}

/** Sends a signal; false when the process is gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Ends a process of ours that no one waits for: asks with `polite`, waits up to `graceMs`, then kills. Resolves when it is gone. */
export async function endStaleProcess(
  pid: number,
  marker: string,
  polite: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  for (const [name, wait] of [
    [polite, graceMs],
    ['SIGKILL', 5_000],
  ] as const) {
    signal(pid, name);
    for (const until = Date.now() + wait; Date.now() < until; await sleep(50)) {
      if (!(await isOurs(pid, marker))) return;
    }
  }
  throw new Error(`Process ${pid}, left over from an earlier run, does not end. Stop it and start again.`);
}
