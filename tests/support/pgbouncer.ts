import { chown, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChildServer } from '../../embedded/childServer.ts';
import { answers, findFreePorts } from '../../ops/freePorts.ts';
import { unprivilegedUser } from '../../embedded/systemUser.ts';
import { eventually } from './eventually.ts';
import { findProgram } from './programs.ts';

/** Null where PgBouncer is not installed. */
export const pgbouncerProgram = findProgram('pgbouncer');

export interface PgBouncer {
  /** The given database, through the pooler. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Runs PgBouncer as a plain user with deploy/pgbouncer/pgbouncer.ini, in which only places and the pool's size are
 * replaced.
 * @param poolSize so small that connections are shared by transactions of different processes.
 */
export async function startPgBouncer(databaseUrl: string, poolSize: number): Promise<PgBouncer> {
  if (!pgbouncerProgram) throw new Error('PgBouncer is not installed');
  const directory = await mkdtemp(join(tmpdir(), 'relay-pgbouncer-'));
  const [port] = (await findFreePorts(1)) as [number];
  const target = new URL(databaseUrl);
  const [config, users] = [join(directory, 'pgbouncer.ini'), join(directory, 'userlist.txt')];
  let text = await readFile(new URL('../../deploy/pgbouncer/pgbouncer.ini', import.meta.url), 'utf8');
  for (const [from, to] of [
    [
      'relay = host=127.0.0.1 port=5432 dbname=relay',
      `relay = host=127.0.0.1 port=${target.port} dbname=${target.pathname.slice(1)}`,
    ],
    ['listen_port = 6432', `listen_port = ${port}`],
    ['/etc/pgbouncer/userlist.txt', users],
    ['default_pool_size = 20', `default_pool_size = ${poolSize}`],
  ] as const) {
    if (!text.includes(from)) throw new Error(`pgbouncer.ini has no "${from}"`);
    text = text.replace(from, to);
  }
  await writeFile(config, text);
  await writeFile(users, `"${target.username}" "${target.password}"\n`);
  const user = await unprivilegedUser(() => undefined);
  await chmod(directory, 0o755);
  if (user) for (const path of [directory, config, users]) await chown(path, user.uid, user.gid);

  const server = await startChildServer({
    command: pgbouncerProgram,
    args: [config],
    cwd: '/',
    logFile: join(directory, 'log'),
    stopSignal: 'SIGINT',
    ...user,
  });
  await eventually(async () => {
    if (server.exit()) throw new Error(await server.lastLines());
    return answers(port);
  });
  const url = new URL(databaseUrl);
  url.port = String(port);
  url.pathname = '/relay';
  return {
    url: url.href,
    async stop() {
      await server.stop('SIGINT', 5000);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
