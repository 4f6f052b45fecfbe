import { readdirSync, readFileSync } from 'node:fs';

/** Stops processes without killing them (SIGSTOP), with all that they have started; the answer lets them go on. */
export function freeze(...pids: number[]): () => void {
  const all = withChildren(pids);
  for (const pid of all) signal(pid, 'SIGSTOP');
  return () => all.forEach((pid) => signal(pid, 'SIGCONT'));
}

function withChildren(pids: number[]): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(name)]),
  );
  const all = [...pids];
  for (const parent of all) for (const [pid, its] of parents) if (its === parent) all.push(pid);
  return all;
}

/** The fourth field of /proc/…/stat, after the name in parentheses; 0 when the process has just ended. */
function parentOf(pid: string): number {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[1],
    );
  } catch {
    return 0;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
