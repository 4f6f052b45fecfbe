import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { processBirth } from './processes.ts';

interface Owner {
  pid: number;
  birth: string | null;
}

/** Another running process works in a directory that only one may use at a time. */
export class InUseError extends Error {
  override name = 'InUseError';
  readonly pid: number;

  constructor(directory: string, pid: number) {
    super(
      `${directory} is in use by process ${pid}. Is Relay running already? Stop it, or choose another data directory with RELAY_DATA_DIR=<directory>.`,
    );
    this.pid = pid;
  }
}

/**
 * Takes `directory` for this process, through a file in it. A file left by a process that has ended counts for nothing.
 * This process may take what it has already. With `waitMs` it waits for the other one instead of failing at once,
 * unless `signal` is given meanwhile.
 * @returns the function that gives the directory back.
 * @throws {InUseError} when a running process has it.
 */
export async function takeDirectory(
  directory: string,
  { waitMs = 0, signal, onWait }: { waitMs?: number; signal?: AbortSignal; onWait?: (pid: number) => void } = {},
): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'owner.json');
  const self: Owner = { pid: process.pid, birth: await processBirth(process.pid) };
  const until = Date.now() + waitMs;
  let waiting = false;
  while (!(await createFile(file, JSON.stringify(self)))) {
    const owner = await readOwner(file);
    if (owner?.pid === self.pid && owner.birth === self.birth) break;
    if (!owner || (await processBirth(owner.pid)) !== owner.birth) {
      await rm(file, { force: true });
      continue;
    }
    if (Date.now() >= until) throw new InUseError(directory, owner.pid);
    if (!waiting) onWait?.(owner.pid);
    waiting = true;
    await sleep(500, undefined, { signal });
  }
  return () => rm(file, { force: true });
}

/** The process that has taken `directory` and still runs; null when there is none. */
export async function ownerOf(directory: string): Promise<number | null> {
  const owner = await readOwner(join(directory, 'owner.json'));
  return owner && (await processBirth(owner.pid)) === owner.birth ? owner.pid : null;
}

async function createFile(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds the file; null when it is gone or was never finished, which a moment of waiting tells from "being written". */
async function readOwner(file: string): Promise<Owner | null> {
  for (let tries = 0; tries < 5; tries++) {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as Owner;
    } catch {
      await sleep(20);
    }
  }
  return null;
}
