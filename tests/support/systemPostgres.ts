import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChildServer } from '../../embedded/childServer.ts';
import { findFreePorts } from '../../ops/freePorts.ts';
import { unprivilegedUser } from '../../embedded/systemUser.ts';
import { execute } from './database.ts';
import { eventually } from './eventually.ts';

const run = promisify(execFile);
const ROOT = '/usr/lib/postgresql';
const NEEDED = ['initdb', 'postgres', 'pg_dump', 'pg_restore'];

/** The programs of the newest PostgreSQL that the system's packages installed, servers and tools alike; null without one. */
const programs =
  (existsSync(ROOT) ? readdirSync(ROOT) : [])
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(ROOT, version, 'bin'))
    .find((directory) => NEEDED.every((name) => existsSync(join(directory, name)))) ?? null;

export const hasSystemPostgres = programs !== null;

export interface SystemPostgres {
  /** Of the superuser, at the database `postgres`. */
  url: string;
  /** Runs `pg_dump` or `pg_restore` of the same version. */
  tool(name: 'pg_dump' | 'pg_restore', args: string[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL with its own tools, which the embedded one is without: dumps are only made by a `pg_dump` as new as it.
 * @param more settings of its own, `name=value`.
 */
export async function startSystemPostgres(more: string[] = []): Promise<SystemPostgres> {
  if (!programs) throw new Error('PostgreSQL is not installed');
  const program = (name: string) => join(programs, name);
  const directory = await mkdtemp(join(tmpdir(), 'relay-system-postgres-'));
  const user = await unprivilegedUser(() => undefined);
  await chmod(directory, 0o755);
  if (user) await chown(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const options = ['--username=relay', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await run(program('initdb'), [`--pgdata=${data}`, ...options], { ...user, cwd: directory });
  const [port] = (await findFreePorts(1)) as [number];
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'fsync=off', ...more];
  const server = await startChildServer({
    command: program('postgres'),
    args: ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    cwd: directory,
    logFile: join(directory, 'log'),
    stopSignal: 'SIGINT',
    ...user,
  });
  const url = `postgres://relay@127.0.0.1:${port}/postgres`;
  // It takes connections before it answers them.
  await eventually(() => execute(url, 'SELECT 1').catch(() => null));
  return {
    url,
    tool: async (name, args) => void (await run(program(name), args)),
    async stop() {
      await server.stop('SIGINT', 10_000);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
