import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { PostgresBinaries } from './postgresBinaries.ts';
import { endStaleProcess, isOurs } from './processes.ts';
import type { SystemUser } from './systemUser.ts';
import { serverEnvironment } from './serverEnvironment.ts';

const run = promisify(execFile);

const PASSWORD = 'password';
/** Without these no server starts on a cluster. */
const [VERSION_FILE, CONTROL_FILE] = ['PG_VERSION', 'global/pg_control'];

/** The superuser that owns the cluster and all databases in it. */
export const CLUSTER_USER = 'relay';

/** The password of the cluster whose files are in `directory`; null when it is not kept there. */
export async function readPassword(directory: string): Promise<string | null> {
  const text = await readFile(join(directory, PASSWORD), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  return text.trim() || null;
}

export function makePassword(): string {
  return randomBytes(24).toString('base64url');
}

/** Keeps the password beside the data, for us alone. */
export async function keepPassword(directory: string, password: string): Promise<void> {
  await writeFile(join(directory, PASSWORD), `${password}\n`, { mode: 0o600 });
}

/** Gives a stopped cluster, whose password was lost, another one. */
export async function changePassword(
  data: string,
  password: string,
  binaries: PostgresBinaries,
  user: SystemUser | null,
): Promise<void> {
  const args = ['--single', '-D', data, 'postgres'];
  const changing = run(binaries.postgres, args, { ...user, cwd: '/', env: serverEnvironment({ LC_ALL: 'C' }) });
  changing.child.stdin?.end(`ALTER ROLE ${CLUSTER_USER} PASSWORD '${password}'\n`);
  await changing;
}

/** Whether there is a cluster in `home`/data already. */
export function hasCluster(home: string): Promise<boolean> {
  return exists(join(home, 'data'));
}

/**
 * Makes a cluster in `home`/data unless one is there. It is made aside and renamed when whole, so that a start that is
 * cut short leaves nothing behind that looks like a database.
 * @returns the data directory.
 * @throws when what is there is damaged or of another version of PostgreSQL, saying what to do.
 */
export async function ensureCluster(
  home: string,
  password: string,
  binaries: PostgresBinaries,
  user: SystemUser | null,
): Promise<string> {
  const data = join(home, 'data');
  if (await isUsable(data, binaries.major)) return data;

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
      { ...user, cwd: partial, env: serverEnvironment({ LC_ALL: 'C' }) },
    );
    await rename(cluster, data);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return data;
}

/** The major version of the PostgreSQL that made the cluster in `data`; 0 when its file is missing or empty. */
export async function clusterVersion(data: string): Promise<number> {
  return Number(await readFile(join(data, VERSION_FILE), 'utf8').catch(() => ''));
}

/** False when there is nothing yet. */
async function isUsable(data: string, major: number): Promise<boolean> {
  const there = await readdir(data).catch(() => []);
  if (there.length === 0) return false;
  const version = await clusterVersion(data);
  const missing = version ? !(await exists(join(data, CONTROL_FILE))) && CONTROL_FILE : VERSION_FILE;
  if (missing) {
    throw new Error(
      `The database in ${data} is damaged: its file ${missing} is missing or empty. Put a backup back (\`relay restore\`), or ` +
        'begin anew (`relay reset`).',
    );
  }
  if (version === major) return true;
  throw new Error(
    `The database in ${data} was made by PostgreSQL ${version}, and this Relay brings PostgreSQL ${major}. Go back to the Relay that made ` +
      `it; or dump the database there with a pg_dump of version ${version} or newer, move the directory away, start this one, and ` +
      'restore the dump (docs/OPERATIONS.md, “Backup and restore”).',
  );
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
