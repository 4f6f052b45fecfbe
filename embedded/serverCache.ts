import { access, constants, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The Go module whose `tool` lines pin what is built. */
export const MODULE_DIRECTORY = join(import.meta.dirname, 'server');

/** The programs of that module: main package, and the name its program gets here. */
export const PROGRAMS = {
  server: { package: 'go.temporal.io/server/cmd/server', name: 'temporal-server' },
  sqlTool: { package: 'go.temporal.io/server/cmd/tools/sql', name: 'temporal-sql-tool' },
  ui: { package: 'github.com/temporalio/ui-server/v2/cmd/server', name: 'temporal-ui-server' },
} as const;

/** Paths of the programs, built or downloaded. */
export type BuiltServer = { readonly [program in keyof typeof PROGRAMS]: string };

/** Where built and downloaded servers are kept, shared by all checkouts of a user: RELAY_CACHE_DIR, else the XDG cache. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env.RELAY_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'relay');
}

/** The directory that the programs of the pinned versions for this system go to. */
export async function buildDirectory(env?: NodeJS.ProcessEnv): Promise<string> {
  const { server, ui } = await pinnedVersions();
  return join(cacheDirectory(env), `temporal-${server}-ui-${ui}-${process.platform}-${process.arch}`);
}

/** The versions that go.mod asks for, without their "v". */
export async function pinnedVersions(): Promise<{ server: string; ui: string }> {
  const text = await readFile(join(MODULE_DIRECTORY, 'go.mod'), 'utf8');
  const version = (module: string): string => {
    const found = text
      .split(/\s+/)
      .find((_, index, words) => words[index - 1] === module)
      ?.replace(/^v/, '');
    if (!found) throw new Error(`${MODULE_DIRECTORY}/go.mod does not pin ${module}.`);
    return found;
  };
  return { server: version('go.temporal.io/server'), ui: version('github.com/temporalio/ui-server/v2') };
}

/** The programs in `directory`, or null unless all of them are there. */
export async function builtServerIn(directory: string): Promise<BuiltServer | null> {
  const built: BuiltServer = {
    server: join(directory, PROGRAMS.server.name),
    sqlTool: join(directory, PROGRAMS.sqlTool.name),
    ui: join(directory, PROGRAMS.ui.name),
  };
  return Promise.all(Object.values(built).map((path) => access(path, constants.X_OK))).then(
    () => built,
    () => null,
  );
}
