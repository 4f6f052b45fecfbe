import { createHash } from 'node:crypto';
import { chown, cp, lstat, mkdir, readdir, realpath, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { canEnter, type SystemUser } from './systemUser.ts';

/** Where data and programs go when we run as root in a place that no other user can enter, as below /root. */
export const SHARED_ROOT = '/var/lib/relay';

/**
 * A directory that `user` (null: we ourselves) owns and can reach, for what belongs at `wanted`. That is `wanted` itself
 * where possible; below a directory only root can enter it is one under {@link SHARED_ROOT}, and `wanted` becomes a
 * link to it.
 * @throws when there is no such place, saying what to do.
 */
export async function reachableDirectory(
  wanted: string,
  user: SystemUser | null,
  log: (line: string) => void,
): Promise<string> {
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  if (!user) return wanted;
  const directory = await realpath(wanted);
  await chown(directory, user.uid, user.gid);
  if (await canEnter(directory, user)) return directory;

  const elsewhere = placeElsewhere(wanted);
  await mkdir(elsewhere, { recursive: true, mode: 0o755 });
  await chown(elsewhere, user.uid, user.gid);
  if (!(await canEnter(elsewhere, user))) {
    throw new Error(
      `PostgreSQL does not run as root, and the user it runs as can enter neither ${wanted} nor ${elsewhere}. ` +
        'Move Relay to a directory others may enter (as below /opt or /srv), start it as a normal user, ' +
        'or set DATABASE_URL to a PostgreSQL server.',
    );
  }
  await moveContents(wanted, elsewhere);
  await symlink(elsewhere, wanted);
  log(`Only root can enter ${wanted}: the database is kept in ${elsewhere}`);
  return elsewhere;
}

/** Where {@link reachableDirectory} puts what belongs at `wanted` when nobody but root can enter that. */
export function placeElsewhere(wanted: string): string {
  const name = `${basename(wanted)}-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`;
  return join(SHARED_ROOT, name);
}

/** Moves what is in `from` (a checkout may have moved below /root after its first start) and removes `from` itself. */
async function moveContents(from: string, to: string): Promise<void> {
  if ((await readdir(from)).length > 0) {
    if ((await readdir(to)).length > 0) {
      throw new Error(`There are two databases, in ${from} and in ${to}. Move one of them away and start again.`);
    }
    const owner = await lstat(to);
    await rmdir(to);
    await rename(from, to).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EXDEV') throw error;
      await cp(from, to, { recursive: true, preserveTimestamps: true });
      await chownAll(to, owner.uid, owner.gid);
    });
  }
  await rm(from, { recursive: true, force: true });
}

async function chownAll(root: string, uid: number, gid: number): Promise<void> {
  await chown(root, uid, gid);
  for (const entry of await readdir(root, { recursive: true })) await chown(join(root, entry), uid, gid);
}
