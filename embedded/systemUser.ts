import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The user a server runs as, where it is not our own. */
export interface SystemUser {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root: as root, the system user `name` (made if there is none); as anyone else, null.
 * @throws when there is no such user and none can be made.
 */
export async function unprivilegedUser(log: (line: string) => void, name = 'postgres'): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null;
  const known = await findUser(name);
  if (known) return known;
  log(`PostgreSQL does not run as root: adding the system user "${name}" for it`);
  const attempts: [string, string[]][] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', name]],
    ['adduser', ['-S', '-D', '-H', '-s', '/bin/false', name]], // BusyBox
  ];
  for (const [command, args] of attempts) await run(command, args).catch(() => undefined);
  const created = await findUser(name);
  if (created) return created;
  throw new Error(
    `PostgreSQL does not run as root, and the user "${name}" could not be added. ` +
      'Start Relay as a normal user, add that user, or set DATABASE_URL to a PostgreSQL server.',
  );
}

async function findUser(name: string): Promise<SystemUser | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/** Whether `user` (null: we ourselves) can enter `directory` through all of its parents. */
export async function canEnter(directory: string, user: SystemUser | null): Promise<boolean> {
  return run('/bin/sh', ['-c', 'cd "$1" && ls . >/dev/null', 'sh', directory], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
