import { existsSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CLUSTER, clusterPlace, type ClusterPlace, clusterVersion } from '../../embedded/index.ts';
import { CommandFailed } from '../failure.ts';
import { DATA, PARTS } from './backUp.ts';
import { removeKept, RESTORING } from './keptData.ts';
import { assertFits, readManifest, type Manifest } from './manifest.ts';
import { unpack } from './tar.ts';

/**
 * Puts a backup into `dataDir`, in the place of all that `npm start` keeps there. It is unpacked and checked aside first.
 * No Relay may run on it.
 * @param agree asked before anything that was there is touched.
 * @throws {CommandFailed} when it is no backup, or does not fit here.
 */
export async function restore(
  dataDir: string,
  file: string,
  agree: (manifest: Manifest) => Promise<void>,
): Promise<Manifest> {
  const place = await clusterPlace(console.error);
  const aside = join(dataDir, RESTORING);
  await mkdir(aside, { mode: 0o700 });
  try {
    const manifest = await unpackChecked(file, aside, place);
    await agree(manifest);
    await takeItsPlace(dataDir, aside);
    return manifest;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function unpackChecked(file: string, aside: string, place: ClusterPlace): Promise<Manifest> {
  try {
    await unpack(file, aside);
  } catch (error) {
    throw new CommandFailed(`${file} cannot be unpacked: ${String(error)}`, 'Is it whole, and made by relay backup?');
  }
  const manifest = await readManifest(aside);
  assertFits(manifest, place);
  const version = await clusterVersion(join(aside, DATA));
  if (version !== manifest.postgres) {
    throw new CommandFailed(
      `The database in ${file} is damaged: its PG_VERSION is not ${manifest.postgres}`,
      'Use another backup.',
    );
  }
  await keepPrivate(join(aside, DATA), place.user);
  for (const name of Object.keys(PARTS)) if (existsSync(join(aside, name))) await keepPrivate(join(aside, name), null);
  return manifest;
}

/** For its owner alone, as PostgreSQL wants it, whatever the archive says. @throws when there is anything but files. */
async function keepPrivate(path: string, owner: ClusterPlace['user']): Promise<void> {
  const found = await lstat(path);
  if (!found.isFile() && !found.isDirectory()) throw new Error(`${path} is neither a file nor a directory`);
  await chmod(path, found.isDirectory() ? 0o700 : 0o600);
  if (owner) await chown(path, owner.uid, owner.gid);
  if (found.isDirectory()) for (const name of await readdir(path)) await keepPrivate(join(path, name), owner);
}

async function takeItsPlace(dataDir: string, aside: string): Promise<void> {
  await removeKept(dataDir);
  await mkdir(join(dataDir, CLUSTER), { recursive: true });
  await chmod(join(dataDir, CLUSTER), 0o700);
  await mkdir(join(dataDir, 'temporal'), { recursive: true });
  await rename(join(aside, DATA), join(dataDir, CLUSTER, 'data'));
  for (const [name, path] of Object.entries(PARTS)) {
    if (existsSync(join(aside, name))) await rename(join(aside, name), join(dataDir, path));
  }
}
