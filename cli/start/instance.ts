import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What `npm start` notes of itself under its data directory while it runs, for `relay status` and for commands that look for a Relay. */
export interface Instance {
  /** Of the process; one that has ended without a word leaves its note. */
  pid: number;
  /** ISO 8601. */
  startedAt: string;
  /** The API, which also serves the dashboard. */
  url: string;
  /** Null while it is not there. */
  temporalAddress: string | null;
  temporalUiUrl: string | null;
  /** With its password; null for a database that it did not bring. */
  databaseUrl: string | null;
  /** Where the files of that database truly are. */
  databaseDirectory: string | null;
}

/** Notes it for the owner alone. Returns the function that removes it. */
export async function noteInstance(dataDir: string, instance: Instance): Promise<() => Promise<void>> {
  const file = fileIn(dataDir);
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(instance, null, 2)}\n`, { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** What was noted last; null when there is nothing, or it cannot be read. */
export async function readInstance(dataDir: string): Promise<Instance | null> {
  try {
    return JSON.parse(await readFile(fileIn(dataDir), 'utf8')) as Instance;
  } catch {
    return null;
  }
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'instance.json');
}
