import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { PostgresBinaries } from './postgresBinaries.ts';
import { endStaleProcess, isOurs } from './processes.ts';
import type { SystemUser } from './systemUser.ts';

const run = promisify(execFile);

/** The superuser that owns the cluster and all databases in it. */
export const CLUSTER_USER = 'relay';

/** The password of the cluster whose files are in `directory`: made at random once, kept beside the data for us alone. */
export async function clusterPassword(directory: string): Promise<string> {
  const file = join(directory, 'password');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const password = randomBytes(24).toString('base64url');
    await writeFile(file, `${password}\n`, { mode: 0o600 });
    return password;
  }
}

/**
 * Makes a cluster in `home`/data unless one is there. It is made aside and renamed when whole, so that a start that is
 * cut short leaves nothing behind that looks like a database.
 * @returns the data directory.
 */
export async function ensureCluster(
  home: string,
  password: string,
  binaries: PostgresBinaries,
  user: SystemUser | null,
): Promise<string> {
  const data = join(home, 'data');
  if (await exists(join(data, 'PG_VERSION'))) return data;

  const partial = await mkdtemp(join(home, 'new-'));
  try {
    const passwordFile = join(partial, 'password');
    const cluster = join(partial, 'data');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user) await Promise.all([partial, passwordFile].map((path) => chown(path, user.uid, user.gid)));
    await run(
      binaries.initdb,
      [
        `--pgdata=${cluster}`,
        `--username=${CLUSTER_USER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // PostgreSQL's own locale: the same order of text on every machine, whatever locales it has.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
      ],
      { ...user, cwd: partial, env: { ...process.env, LC_ALL: 'C' } },
    );
    await rename(cluster, data);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return data;
}

/** What the running server says of itself in its data directory. */
export interface Postmaster {
  pid: number;
  /** "starting", "ready", "stopping" … */
  status: string;
}

/** The server that runs, or ran, on `data`. */
export async function readPostmaster(data: string): Promise<Postmaster | null> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return lines[0] ? { pid: Number(lines[0]), status: lines[7]?.trim() ?? '' } : null;
}

/** Ends a server that an earlier run left on `data`, and removes its pid file, whose pid may by now be anyone's. */
export async function endOrphan(data: string, log: (line: string) => void): Promise<void> {
  const postmaster = await readPostmaster(data);
  if (!postmaster) return;
  if (await isOurs(postmaster.pid, data)) {
    log(`Stopping the PostgreSQL that an earlier run left behind (process ${postmaster.pid})`);
    await endStaleProcess(postmaster.pid, data, 'SIGINT', 15_000);
    // Its backends notice a moment later, and a new server is refused while one of them holds the shared memory.
    await sleep(100);
  }
  await rm(join(data, 'postmaster.pid'), { force: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
