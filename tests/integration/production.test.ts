import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { generateSecret } from '../../activities/http/secret.ts';
import type { Finding } from '../../cli/doctor/finding.ts';
import { createReceiver, type ReceivedRequest, type Receiver } from '../../receiver/createReceiver.ts';
import { findFreePorts } from '../../ops/freePorts.ts';
import { createApiClient, type ApiClient } from '../support/apiClient.ts';
import { relayCommand } from '../support/commandLine.ts';
import { connect, emptyDatabase, execute } from '../support/database.ts';
import { setRoles, urlAs } from '../support/databaseRoles.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { guidedOptions } from '../support/guidedOptions.ts';
import { nginxProgram, startNginx, type Nginx } from '../support/nginx.ts';
import { postInLanes } from '../support/postInLanes.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';
import { hasSystemPostgres, startSystemPostgres, type SystemPostgres } from '../support/systemPostgres.ts';
import { unitEnvironment } from '../support/systemdUnits.ts';

const ADMIN_API_KEY = 'the-operators-own-key-4711';
const SECRETS_KEY = Buffer.from('thirty-two bytes, all of its own').toString('base64');
const SECRET = generateSecret();
/** Often enough that what waits is soon tried again. */
const retryPolicy = { initialIntervalMs: 2000, backoffCoefficient: 1, maximumIntervalMs: 2000, maximumAttempts: 100 };

type Role = 'api' | 'worker';

const canRun = nginxProgram !== null && hasSystemPostgres;

describe.skipIf(!canRun)('an installation by the guide (skipped without Nginx, or PostgreSQL and its tools)', () => {
  let postgres: SystemPostgres;
  let nginx: Nginx;
  let receiver: Receiver;
  let api: ApiClient;
  let databaseUrl: string;
  /** By the port of their API, or of their figures. */
  const processes = new Map<number, RelayProcess>();
  let ports: Record<Role, [number, number]>;
  let common: NodeJS.ProcessEnv;
  let directory: string;
  let isWell = true;
  /** The ids of what the receiver has answered with 200, in order. */
  const taken: string[] = [];
  const usual = getGlobalDispatcher();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'relay-production-'));
    const free = (await findFreePorts(4)) as [number, number, number, number];
    ports = { api: [free[0], free[1]], worker: [free[2], free[3]] };
    [postgres, nginx] = await Promise.all([
      startSystemPostgres(['max_connections=200']),
      startNginx([`127.0.0.1:${free[0]}`, `127.0.0.1:${free[1]}`]),
    ]);
    databaseUrl = await emptyDatabase(postgres.url, { name: 'relay' });
    await setRoles(databaseUrl);
    const place = { databaseUrl: urlAs('relay_app', databaseUrl), temporalAddress: inject('temporalAddress') };
    common = relayEnvironment(place, { ADMIN_API_KEY, SECRETS_KEY, SHUTDOWN_GRACE_MS: '' });
    await migrate();
    await startAll();
    setGlobalDispatcher(new Agent({ connect: { ca: nginx.authority } }));
    api = createApiClient(nginx.httpsUrl, ADMIN_API_KEY);
    receiver = createReceiver({
      secret: SECRET,
      respond: ({ body }) => (isWell || !body.includes('"waiting"') ? {} : { status: 503 }),
      onRequest: (request, { status }) => void (status ?? taken.push(idOf(request))),
    });
    const { url } = await receiver.listen();
    await api.createWebhook({ url, eventTypes: ['*'], secret: SECRET, retryPolicy });
  }, 120_000);
  afterAll(async () => {
    setGlobalDispatcher(usual);
    await Promise.all([...processes.values()].map((relay) => relay.kill()));
    await Promise.all([receiver.close(), nginx.stop(), postgres.stop()]);
    await rm(directory, { recursive: true, force: true });
  });

  async function migrate(): Promise<void> {
    const env = { ...common, NODE_ENV: 'production', DATABASE_URL: urlAs('relay_owner', databaseUrl) };
    expect(await relayCommand(['migrate'], env)).toMatchObject({ exitCode: 0 });
    await setRoles(databaseUrl);
  }

  const environmentOf = async (role: Role, port: number): Promise<NodeJS.ProcessEnv> => ({
    ...common,
    ...(await unitEnvironment(`relay-${role}`, port)),
    DATABASE_URL: urlAs('relay_app', databaseUrl),
  });

  async function start(role: Role, port: number): Promise<void> {
    const relay = await startRelayProcess(await environmentOf(role, port));
    processes.set(port, relay);
    await eventually(async () => (await fetch(`${relay.url}/readyz`)).ok);
  }
  const startAll = () =>
    Promise.all((['worker', 'api'] as const).flatMap((role) => ports[role].map((port) => start(role, port))));

  const statusOf = async (id: string) => (await api.getEvent(id)).body.status;
  const timesTaken = (id: string) => taken.filter((one) => one === id).length;

  async function doctor(role: Role): Promise<{ exitCode: number | undefined; failed: Finding[] }> {
    const { exitCode, stdout } = await relayCommand(['doctor', '--json'], await environmentOf(role, ports[role][0]));
    return { exitCode, failed: (JSON.parse(stdout) as Finding[]).filter(({ status }) => status !== 'ok') };
  }

  test('delivers what comes over TLS, signed', async () => {
    const { status, body } = await api.postEvent({ eventType: 'first', payload: { n: 1 } });
    expect(status).toBe(202);
    await eventually(async () => (await statusOf(body.id)) === 'delivered');
    expect(receiver.received.map((request) => [idOf(request), request.verified])).toEqual([[body.id, true]]);
  });

  test('shows the metrics of each process to who asks it, and to nobody outside', async () => {
    for (const { url } of processes.values()) {
      const answer = await fetch(`${url}/metrics`);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('\nrelay_')]);
    }
    expect((await fetch(`${nginx.httpsUrl}/metrics`)).status).toBe(404);
  });

  test('is well in the eyes of the doctor until somebody else takes the connections', async () => {
    for (const role of ['api', 'worker'] as const) expect(await doctor(role)).toEqual({ exitCode: 0, failed: [] });
    const { rows } = await execute(
      postgres.url,
      `SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'relay-listen'`,
    );
    expect(rows).toEqual([{ count: 4 }]);
    const others = await Promise.all(Array.from({ length: 115 }, () => connect(postgres.url)));
    const { exitCode, failed } = await doctor('api');
    await Promise.all(others.map((client) => client.end()));
    expect({ exitCode, failed }).toMatchObject({ exitCode: 0, failed: [{ check: 'connections', status: 'warn' }] });
    expect(failed[0]?.message).toContain('take up to 84 connections, others hold 115, max_connections leaves 197');
  });

  test('is restarted process by process under load: no request fails, and every event arrives once', async () => {
    const { answers, ids, stop } = postInLanes(api, 'restarted', 100);
    try {
      for (const role of ['worker', 'api'] as const) {
        for (const port of ports[role]) {
          expect(await processes.get(port)!.stop()).toBe(0);
          await start(role, port);
        }
      }
    } finally {
      await stop();
    }
    expect(answers.filter((status) => status !== 200 && status !== 202)).toEqual([]);
    await eventually(() => ids.every((id) => taken.includes(id)));
    expect(ids.filter((id) => timesTaken(id) !== 1)).toEqual([]);
  }, 240_000);

  test('goes on in a database restored from a dump of relay_owner, with Temporal kept as it is', async () => {
    isWell = false;
    const events = await Promise.all(
      Array.from({ length: 10 }, (_, n) => api.postEvent({ eventType: 'waiting', payload: { n } })),
    );
    const ids = events.map(({ body }) => body.id);
    await eventually(async () => (await api.listDeliveries('?status=retrying')).body.data.length === ids.length);
    const dump = join(directory, 'relay.dump');
    const from = `--dbname=${urlAs('relay_owner', databaseUrl)}`;
    await postgres.tool('pg_dump', [...(await guidedOptions('pg_dump')), `--file=${dump}`, from]);
    await Promise.all([...processes.values()].map((relay) => relay.stop()));

    databaseUrl = await emptyDatabase(postgres.url, { name: 'restored' });
    await setRoles(databaseUrl);
    const into = `--dbname=${urlAs('relay_owner', databaseUrl)}`;
    await postgres.tool('pg_restore', [...(await guidedOptions('pg_restore')), into, dump]);
    await migrate();
    expect(ids.map(timesTaken)).toEqual(ids.map(() => 0));
    isWell = true;
    await startAll();
    await eventually(async () => (await Promise.all(ids.map(statusOf))).every((status) => status === 'delivered'));
    expect(ids.map(timesTaken)).toEqual(ids.map(() => 1));
  }, 120_000);
});

function idOf({ headers }: ReceivedRequest): string {
  return String(headers['webhook-id']);
}
