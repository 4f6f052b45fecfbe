import { readdir, realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { endLeftover } from './pidFiles.ts';
import { endOrphan } from './postgresCluster.ts';
import { preparePostgresBinaries } from './postgresBinaries.ts';
import { placeElsewhere } from './reachable.ts';
import { unprivilegedUser, type SystemUser } from './systemUser.ts';

const SERVERS = ['postgres', 'temporal'];
/** Where in the data directory the database belongs. */
export const CLUSTER = join('postgres', 'cluster');

/** What the files of a database must fit. */
export interface ClusterPlace {
  /** The major version of the PostgreSQL here. */
  major: number;
  /** Who owns them; null: we ourselves. */
  user: SystemUser | null;
}

/**
 * The directories that hold, or held, the database of `dataDir`, each with its `data`: as root one that lies elsewhere may
 * have outlived the link to it (reachable.ts).
 */
export async function clusterHomes(dataDir: string): Promise<string[]> {
  const wanted = join(resolve(dataDir), CLUSTER);
  const places = await Promise.all([wanted, placeElsewhere(wanted)].map((path) => realpath(path).catch(() => null)));
  const homes = [...new Set(places.filter((path) => path !== null))];
  const entries = await Promise.all(homes.map((home) => readdir(home)));
  return homes.filter((_, index) => (entries[index] ?? []).length > 0);
}

/** Ends servers that a Relay which was killed left behind. The caller has taken `dataDir`, so none of a Relay that runs. */
export async function endLeftServers(dataDir: string, log: (line: string) => void): Promise<void> {
  for (const home of await clusterHomes(dataDir)) await endOrphan(join(home, 'data'), log);
  const temporal = join(resolve(dataDir), 'temporal');
  for (const name of ['temporal', 'ui']) await endLeftover(temporal, name, log);
}

/** Removes both servers' state and logs, wherever they are. They must have ended. */
export async function removeServers(dataDir: string): Promise<void> {
  for (const home of await clusterHomes(dataDir)) await rm(home, { recursive: true, force: true });
  for (const name of SERVERS) await rm(join(dataDir, name), { recursive: true, force: true });
}

/** @throws when there is no embedded PostgreSQL for this system. */
export async function clusterPlace(log: (line: string) => void): Promise<ClusterPlace> {
  const user = await unprivilegedUser(log);
  const { major } = await preparePostgresBinaries(user, log);
  return { major, user };
}
