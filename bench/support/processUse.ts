import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its descendants have used. */
export interface Use {
  /** CPU time, user and system, of them all since they began, in ms. */
  cpuMs: number;
  /** Resident memory now, in MiB. What processes share counts once, as much of it as the one that has the most. */
  memoryMiB: number;
}

/** The kernel's unit of CPU time in /proc: 100 a second on every Linux that Node supports. */
const TICK_MS = 10;
const PAGE_MIB = 4096 / 1024 / 1024;

interface Stat {
  pid: number;
  parent: number;
  cpuMs: number;
  memoryMiB: number;
  /** The part of it that others may have as well. */
  sharedMiB: number;
}

/** Reads /proc (Linux only) for process trees. CPU time of children that have ended counts with their parent. */
export function useOf(roots: number[]): Use {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)));
  const tree = new Set(roots);
  for (let before = 0; before !== tree.size;) {
    before = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  const used = { cpuMs: 0, memoryMiB: 0 };
  let mostShared = 0;
  for (const one of all) {
    if (!tree.has(one.pid)) continue;
    used.cpuMs += one.cpuMs;
    used.memoryMiB += one.memoryMiB - one.sharedMiB;
    mostShared = Math.max(mostShared, one.sharedMiB);
  }
  return { ...used, memoryMiB: used.memoryMiB + mostShared };
}

function statOf(pid: number): Stat[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; what follows it is numbers.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0);
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
    return [{ pid, parent, cpuMs: ticks * TICK_MS, memoryMiB: resident * PAGE_MIB, sharedMiB: shared * PAGE_MIB }];
  } catch {
    return [];
  }
}
