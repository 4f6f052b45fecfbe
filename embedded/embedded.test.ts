import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import { findFreePorts } from '../ops/freePorts.ts';
import {
  type EmbeddedPostgres,
  type EmbeddedTemporal,
  findServer,
  type FoundServer,
  InUseError,
  PortBusyError,
  startEmbeddedPostgres,
  startEmbeddedTemporal,
} from './index.ts';
import { commandLine } from './processes.ts';
import type { HeldServers } from './testing/holdServers.ts';

type Home = Awaited<ReturnType<typeof createHome>>;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

// The first run on a machine downloads or builds the server.
beforeAll(() => findServer({ log: (line) => void process.stderr.write(`${line}\n`) }), 30 * 60_000);

describe('two instances side by side', () => {
  let home: Home, other: Home;
  beforeAll(async () => {
    [home, other] = [await createHome(), await createHome()];
    await Promise.all([home.start(), other.start()]);
  });
  afterAll(async () => {
    await Promise.all([home.remove(), other.remove()]);
  });

  test('know nothing of each other', async () => {
    await home.startWorkflow('mine');
    expect(await home.workflowStatus('mine')).toBe('RUNNING');
    expect(await other.workflowStatus('mine')).toBe('missing');
  });

  test('search by the search attributes as soon as the first start has returned', async () => {
    await home.startWorkflow('found', { ClientId: ['crm'], WebhookId: ['w1'], EventType: ['order.created'] });
    await vi.waitFor(
      async () =>
        expect(await home.count('ClientId = "crm" AND WebhookId = "w1" AND EventType = "order.created"')).toBe(1),
      10_000,
    );
  });

  test('keep of the visibility indexes only those that are searched by', async () => {
    const url = home.postgres().url.replace(/\/relay$/, '/temporal_visibility');
    const indexes = await sql(url, "SELECT indexname FROM pg_indexes WHERE tablename = 'executions_visibility'");
    const names = indexes.map(({ indexname }) => String(indexname)).sort();
    const columns = names.filter((name) => name.startsWith('by_keyword_'));
    expect(columns).toHaveLength(3);
    const others = ['by_status', 'by_workflow_id', 'by_workflow_type', 'default_idx', 'executions_visibility_pkey'];
    expect(names).toEqual([...columns, ...others].sort());
  });

  test('fill the columns of registered search attributes only, also of those registered since the last start', async () => {
    const visibility = () => home.postgres().url.replace(/\/relay$/, '/temporal_visibility');
    const filled = async () => {
      const columns = await sql(
        visibility(),
        `SELECT attname FROM pg_attribute WHERE attrelid = 'executions_visibility'::regclass AND attgenerated <> ''
         AND attname ~ '^(bool|datetime|double|int|keyword|keywordlist|text)[0-9]+$'`,
      );
      return columns.map(({ attname }) => String(attname));
    };
    expect(await filled()).toHaveLength(3);
    await home.addAttribute('Customer');
    await home.startWorkflow('later', { Customer: ['c1'] });
    await home.stop();
    await home.start();
    expect(await filled()).toHaveLength(4);
    await vi.waitFor(async () => expect(await home.count('Customer = "c1"')).toBe(1), 20_000);
    await vi.waitFor(async () => expect(await home.count('ClientId = "crm"')).toBe(1), 10_000);
  });

  test('reach PostgreSQL through its socket', async () => {
    const connections = await sql(
      home.postgres().socketUrl,
      `SELECT DISTINCT client_addr FROM pg_stat_activity WHERE datname IN ('relay', 'temporal', 'temporal_visibility')`,
    );
    expect(connections).toEqual([{ client_addr: null }]);
  });

  test('serve the Web UI', async () => {
    const namespace = `${home.temporal().uiUrl}/api/v1/namespaces/default`;
    // Its own connection to the server takes a moment after a start.
    await vi.waitFor(async () => expect((await fetch(namespace)).status).toBe(200), 20_000);
    expect(await (await fetch(`${home.temporal().uiUrl}`)).text()).toContain('<html');
  });

  test('do without a socket where its path would be too long', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'relay-'.padEnd(90, 'x')));
    await chmod(directory, 0o755);
    const [port] = (await findFreePorts(1)) as [number];
    const postgres = await startEmbeddedPostgres({ dataDir: directory, port, log: vi.fn() });
    cleanups.push(() => rm(directory, { recursive: true }));
    cleanups.push(() => postgres.stop());
    expect(postgres.socketUrl).toBe(postgres.url);
    expect(await sql(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('say which port is taken and which variable chooses another', async () => {
    const { directory } = await createHome();
    const { port } = home.postgres();
    const start = startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), port, log: vi.fn() });
    await expect(start).rejects.toThrow(PortBusyError);
    await expect(start).rejects.toThrow(`Port ${port} for PostgreSQL is already in use`);

    const [free] = (await findFreePorts(1)) as [number];
    const taken = Number(home.temporal().address.split(':')[1]);
    const startTemporal = (ports: { port: number; uiPort: number }) =>
      startEmbeddedTemporal({ ...home.temporalOptions(), dataDir: join(directory, 'temporal'), ...ports });
    await expect(startTemporal({ port: taken, uiPort: free })).rejects.toThrow('TEMPORAL_PORT=<port>');
    await expect(startTemporal({ port: free, uiPort: taken })).rejects.toThrow('TEMPORAL_UI_PORT=<port>');
    await rm(directory, { recursive: true });
  });

  test('find workflows and rows again after an orderly stop', async () => {
    await home.startWorkflow('kept');
    await sql(home.postgres().url, "CREATE TABLE kept AS SELECT 'row' AS what");
    await home.stop();
    await home.start();
    expect(await home.workflowStatus('kept')).toBe('RUNNING');
    expect(await sql(home.postgres().url, 'SELECT what FROM kept')).toEqual([{ what: 'row' }]);
  });

  test('go on after kill -9 of PostgreSQL, and of Temporal', async () => {
    await home.startWorkflow('survivor');
    const [postgres, temporal] = [home.postgres(), home.temporal()];
    await postgres.stop('kill');
    expect(await postgres.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await home.startPostgres();
    await vi.waitFor(async () => expect(await home.workflowStatus('survivor')).toBe('RUNNING'), 20_000);

    temporal.kill();
    expect(await temporal.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await home.startTemporal();
    expect(await home.workflowStatus('survivor')).toBe('RUNNING');
  });

  test('start again with other inner ports when one was taken after it was found free', async () => {
    await home.temporal().stop();
    const server = await serverThatFailsOnce(
      home.directory,
      'listen tcp 127.0.0.1:22318: bind: address already in use',
    );
    await home.startTemporal({ server });
    expect(home.temporal().pids).toHaveLength(2);
    expect(await home.workflowStatus('survivor')).toBe('RUNNING');
  });
});

describe('servers of another process', () => {
  let home: Home;
  beforeAll(async () => {
    home = await createHome();
  });
  afterAll(() => home.remove());

  test('are left alone while that process runs', async () => {
    const { held } = await hold(home.directory);
    await expect(home.startPostgres()).rejects.toThrow(InUseError);
    await expect(home.startTemporal()).rejects.toThrow(InUseError);
    expect(await alive(held.pids)).toEqual(held.pids);
  });

  test('are stopped in order by that process on Ctrl-C, which does not reach them itself', async () => {
    const { program, held } = await hold(home.directory);
    process.kill(-program.pid!, 'SIGINT'); // to the whole process group, as a terminal does
    const [code] = (await once(program, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(await alive(held.pids)).toEqual([]);
  });

  test('end by themselves when that process is killed with -9', async () => {
    const { program, held } = await hold(home.directory);
    await startWorkflowAt(held.address, 'survivor');
    program.kill('SIGKILL');
    await vi.waitFor(async () => expect(await alive(held.pids)).toEqual([]), 15_000);
  });

  test('are taken out of the way when they were left behind, their guards killed as well', async () => {
    const { program, held } = await hold(home.directory);
    for (const guard of await guardsOf(held.pids)) process.kill(guard, 'SIGKILL');
    program.kill('SIGKILL');
    await once(program, 'exit');
    expect(await alive(held.pids)).toEqual(held.pids);

    await home.start();
    expect(await alive(held.pids)).toEqual([]);
    expect(await home.workflowStatus('survivor')).toBe('RUNNING');
    await home.stop();
  });

  test('a server that does not start says why in its own words', async () => {
    const start = home.startPostgres({ shared_buffers: 'plenty' });
    await expect(start).rejects.toThrow('invalid value for parameter "shared_buffers": "plenty"');
  });
});

/** A directory and ports for a PostgreSQL and a Temporal. */
async function createHome() {
  const directory = await mkdtemp(join(tmpdir(), 'relay-embedded-'));
  await chmod(directory, 0o755); // as root, PostgreSQL runs as another user, who has to enter it
  const [postgresPort, port, uiPort] = (await findFreePorts(3)) as [number, number, number];
  const log = (): void => undefined;
  let postgres: EmbeddedPostgres | undefined;
  let temporal: EmbeddedTemporal | undefined;

  const home = {
    directory,
    postgres: () => postgres!,
    temporal: () => temporal!,
    temporalOptions: () => ({
      postgresUrl: postgres?.socketUrl ?? '',
      port,
      uiPort,
      dataDir: join(directory, 'temporal'),
      namespace: 'default',
      log,
    }),
    async startPostgres(settings?: Record<string, string>) {
      const dataDir = join(directory, 'postgres');
      return (postgres = await startEmbeddedPostgres({ dataDir, port: postgresPort, log, settings }));
    },
    startTemporal: async (options?: { server: FoundServer }) =>
      (temporal = await startEmbeddedTemporal({ ...home.temporalOptions(), ...options })),
    start: async () => ({ postgres: await home.startPostgres(), temporal: await home.startTemporal() }),
    async stop() {
      await temporal?.stop();
      await postgres?.stop();
    },
    async remove() {
      await home.stop();
      await rm(directory, { recursive: true, force: true });
    },
    startWorkflow: (workflowId: string, searchAttributes?: Record<string, string[]>) =>
      startWorkflowAt(`127.0.0.1:${port}`, workflowId, searchAttributes),
    workflowStatus: (workflowId: string) =>
      withClient(`127.0.0.1:${port}`, async ({ workflow }) =>
        workflow
          .getHandle(workflowId)
          .describe()
          .then(
            ({ status }) => status.name as string,
            (error: Error) => (error.name === 'WorkflowNotFoundError' ? 'missing' : error.name),
          ),
      ),
    addAttribute: (name: string) =>
      withClient(`127.0.0.1:${port}`, async ({ connection }) => {
        const KEYWORD = 2;
        await connection.operatorService.addSearchAttributes({
          namespace: 'default',
          searchAttributes: { [name]: KEYWORD },
        });
        const usable = () =>
          connection.workflowService.countWorkflowExecutions({ namespace: 'default', query: `${name} = "-"` });
        await vi.waitFor(usable, 20_000);
      }),
    count: (query: string) =>
      withClient(`127.0.0.1:${port}`, async ({ workflow }) => (await workflow.count(query)).count),
  };
  return home;
}

/** The built server, whose first start ends with `message`. A race for a port cannot be had otherwise. */
async function serverThatFailsOnce(directory: string, message: string): Promise<FoundServer> {
  const found = await findServer({ log: () => undefined }, { only: 'modules' });
  if (found.kind !== 'modules') throw new Error('There is no built server');
  const [program, mark] = [join(directory, 'fails-once.sh'), join(directory, 'failed')];
  const script = `#!/bin/sh
[ -e '${mark}' ] && exec '${found.programs.server}' "$@"
touch '${mark}'
echo '${message}' >&2
exit 1
`;
  await writeFile(program, script, { mode: 0o755 });
  return { ...found, programs: { ...found.programs, server: program } };
}

/** Starts {@link HeldServers} in a process of its own, and in a process group of its own. */
async function hold(directory: string): Promise<{ program: ChildProcess; held: HeldServers }> {
  const script = join(import.meta.dirname, 'testing', 'holdServers.ts');
  const program = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(async () => {
    if (program.exitCode !== null || program.signalCode !== null) return;
    program.kill('SIGINT');
    await once(program, 'exit');
  });
  for await (const line of createInterface(program.stdout)) return { program, held: JSON.parse(line) as HeldServers };
  throw new Error('holdServers ended before its servers were up');
}

async function alive(pids: number[]): Promise<number[]> {
  const lines = await Promise.all(pids.map(commandLine));
  return pids.filter((_, index) => lines[index] !== null);
}

async function guardsOf(pids: number[]): Promise<number[]> {
  const ps = spawn('ps', ['-A', '-o', 'pid=,args=']);
  let text = '';
  ps.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(ps, 'close');
  return text
    .split('\n')
    .filter((line) => pids.some((pid) => line.includes(`relay-guard ${pid} `)))
    .map((line) => Number.parseInt(line, 10));
}

async function sql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

function startWorkflowAt(address: string, workflowId: string, searchAttributes?: Record<string, string[]>) {
  return withClient(address, ({ workflow }) =>
    workflow.start('waits', { workflowId, taskQueue: 'nobody', args: [], searchAttributes }),
  );
}

async function withClient<T>(address: string, act: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await act(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
