import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { NODE_OPTIONS } from './relayProcess.ts';

/** The last commit whose migrations are all in knex_migrations; after a release, that release's commit. */
const COMMIT = 'a65a618';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface ReleaseBefore {
  /** The entry point of its process. */
  main: string;
  /** Its `npm run migrate`. */
  migrate(env: NodeJS.ProcessEnv): Promise<{ exitCode?: number; stdout: string; stderr: string }>;
  remove(): Promise<void>;
}

/** The code of the release before, beside the packages of this one; null in a clone that does not reach back to it. */
export async function unpackReleaseBefore(): Promise<ReleaseBefore | null> {
  const git = execa({ cwd: ROOT, reject: false });
  if ((await git`git cat-file -e ${COMMIT}^{commit}`).failed) return null;
  const directory = await mkdtemp(join(tmpdir(), 'relay-before-'));
  const archive = join(directory, 'release.tar');
  await execa({ cwd: ROOT })`git archive --output=${archive} ${COMMIT}`;
  await execa`tar -xf ${archive} -C ${directory}`;
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  return {
    main: join(directory, 'api/main.ts'),
    migrate: (env) =>
      execa(process.execPath, [...NODE_OPTIONS, join(directory, 'scripts/migrate.ts')], {
        cwd: directory,
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
        extendEnv: false,
        reject: false,
      }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
