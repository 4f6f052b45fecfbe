import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { endStaleProcess, isOurs } from './processes.ts';

/** Notes which process serves `directory` as `name`, for the next start to find if we end without stopping it. */
export async function writePid(directory: string, name: string, pid: number): Promise<void> {
  await writeFile(pidFile(directory, name), `${pid}\n`);
}

export async function removePid(directory: string, name: string): Promise<void> {
  await rm(pidFile(directory, name), { force: true });
}

/** Ends the process an earlier run left behind, if it is still there and was started on `directory`. */
export async function endLeftover(directory: string, name: string, log: (line: string) => void): Promise<void> {
  const pid = Number(await readFile(pidFile(directory, name), 'utf8').catch(() => ''));
  if (pid && (await isOurs(pid, directory))) {
    log(`Stopping the ${basename(name)} that an earlier run left behind (process ${pid})`);
    await endStaleProcess(pid, directory, 'SIGTERM', 10_000);
  }
  await removePid(directory, name);
}

function pidFile(directory: string, name: string): string {
  return join(directory, `${name}.pid`);
}
