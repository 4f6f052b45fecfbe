import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { createDatabase, emptyDatabase, execute } from '../support/database.ts';
import { setRoles, urlAs } from '../support/databaseRoles.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { guidedOptions } from '../support/guidedOptions.ts';
import { startInfrastructure, type Infrastructure } from '../support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';
import { hasSystemPostgres, startSystemPostgres, type SystemPostgres } from '../support/systemPostgres.ts';

const run = promisify(execFile);
const HOUR = 3_600_000;
const PATIENT = { initialIntervalMs: HOUR, backoffCoefficient: 1, maximumIntervalMs: HOUR, maximumAttempts: 5 };

describe.skipIf(!hasSystemPostgres)('backup and restore (skipped without PostgreSQL and its tools)', () => {
  let postgres: SystemPostgres;
  let infrastructure: Infrastructure;
  let relay: RelayProcess | null = null;
  let receiver: Receiver;
  let directory: string;
  let isWell = true;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'relay-backup-'));
    [postgres, infrastructure] = await Promise.all([startSystemPostgres(), startInfrastructure()]);
    receiver = createReceiver({
      respond: ({ body }) => (isWell || body.includes('not.started') ? {} : { status: 500 }),
    });
  });
  afterEach(async () => {
    await relay?.kill();
  });
  afterAll(async () => {
    await receiver.close();
    await infrastructure.stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function start(databaseUrl: string): Promise<RelayProcess> {
    const { address } = infrastructure.temporal;
    return startRelayProcess(relayEnvironment({ databaseUrl, temporalAddress: address }));
  }

  const arrivals = (id: string) => receiver.received.filter(({ headers }) => headers['webhook-id'] === id).length;

  test('what a dump of Relay’s database holds goes on in a new database beside a new Temporal', async () => {
    const { url } = await receiver.listen();
    const originalUrl = await createDatabase(postgres.url);
    await setRoles(originalUrl);
    const databaseUrl = urlAs('relay_app', originalUrl);
    const before = (relay = await start(databaseUrl));
    const webhook = await before.api.createWebhook({ url, eventTypes: ['*'], retryPolicy: PATIENT });
    const post = async (count: number, eventType: string): Promise<string[]> => {
      const answers = await Promise.all(
        Array.from({ length: count }, (_, n) => before.api.postEvent({ eventType, payload: { n } })),
      );
      return answers.map(({ body }) => body.id);
    };
    const allAre = (ids: string[], status: string) =>
      eventually(async () => {
        const events = await Promise.all(ids.map((id) => relay!.api.getEvent(id)));
        return events.every(({ body }) => body.deliveries.every((delivery) => delivery.status === status));
      });

    const taken = await post(5, 'taken');
    await allAre(taken, 'delivered');
    isWell = false;
    const waiting = await post(30, 'waiting.for.retry');
    await allAre(waiting, 'retrying');
    // Sends go ahead of workflows, which are started behind them.
    const owed = 'SELECT FROM deliveries WHERE outbox IS NOT NULL';
    await eventually(async () => (await execute(originalUrl, owed)).rowCount === 0);
    await infrastructure.temporal.stop();
    // Sent and recorded; their workflows are owed.
    const unstarted = await post(5, 'not.started');
    await allAre(unstarted, 'delivered');

    const dump = join(directory, 'relay.dump');
    await postgres.tool('pg_dump', [...(await guidedOptions('pg_dump')), `--file=${dump}`, `--dbname=${originalUrl}`]);
    await before.kill();
    await infrastructure.stop();
    infrastructure = await startInfrastructure();
    isWell = true;

    const newUrl = await emptyDatabase(postgres.url, { name: 'restored' });
    await setRoles(newUrl);
    const owner = urlAs('relay_owner', newUrl);
    await postgres.tool('pg_restore', [...(await guidedOptions('pg_restore')), `--dbname=${owner}`, dump]);
    await setRoles(newUrl);
    const restoredUrl = urlAs('relay_app', newUrl);
    relay = await start(restoredUrl);
    await allAre(unstarted, 'delivered');
    // Temporal does not know the others, and nobody has told it.
    expect(waiting.map(arrivals)).toEqual(waiting.map(() => 1));

    const requeue = () =>
      run(process.execPath, ['--import', 'tsx', 'cli/commands/requeue.ts'], {
        env: { PATH: process.env['PATH'], DATABASE_URL: restoredUrl },
      });
    expect((await requeue()).stdout).toBe('30 deliveries and 0 batches are handed to Temporal again.\n');
    await allAre(waiting, 'delivered');
    expect(waiting.map(arrivals)).toEqual(waiting.map(() => 2));
    expect(unstarted.map(arrivals)).toEqual(unstarted.map(() => 1));
    expect(taken.map(arrivals)).toEqual(taken.map(() => 1));
    const { body } = await relay.api.getEvent(waiting[0]!);
    expect(body).toMatchObject({ status: 'delivered', retryCount: 1 });

    // What is new works as it did: the webhook with its secret, and the counters' triggers.
    const { body: next } = await relay.api.postEvent({ eventType: 'after.restore', payload: {} });
    await allAre([next.id], 'delivered');
    expect((await relay.api.getEvent(next.id)).body.status).toBe('delivered');
    expect((await relay.api.getWebhook(webhook.id)).body).toMatchObject({ isActive: true, consecutiveFailures: 0 });
  });
});
