import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { generateSecret } from '../../activities/http/secret.ts';
import { readConfig } from '../../ops/config.ts';
import type { Finding } from '../../cli/doctor/finding.ts';
import type { ApiKey, ApiKeyWithSecret, Me } from '../../contract/access.ts';
import type { Batch } from '../../contract/batches.ts';
import type { Delivery } from '../../contract/deliveries.ts';
import type { Event } from '../../contract/events.ts';
import { createApiClient } from '../support/apiClient.ts';
import { createForwarder } from '../support/closableServer.ts';
import { relayCommand, startRelayCommand } from '../support/commandLine.ts';
import { createDatabase, emptyDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

/** Several commands one after the other, each a process that is compiled as it starts. */
const SLOW = { timeout: 120_000 };

let relay: TestRelay;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  relay = await startTestRelay();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}, input?: string) =>
  relayCommand(args, { RELAY_URL: relay.url, ...env }, input);

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const running = startRelayCommand(args, { RELAY_URL: relay.url, ...env });
  closing.push(() => running.stop());
  return running;
}

test('an event is sent, tail shows what becomes of it, and retry delivers it', SLOW, async () => {
  let isUp = false;
  const { receiver, url } = await receive({ respond: () => ({ status: isUp ? 200 : 503 }) });
  const webhook = await relay.api.createWebhook({
    url,
    eventTypes: ['job.*'],
    retryPolicy: { maximumAttempts: 1 },
  });
  const all = start(['tail', '--webhook', webhook.id]);
  const failed = start(['tail', '--json', '--status', 'failed', '--event-type', 'job.cli']);
  await Promise.all([all.line(/^Following/), failed.line(/^Following/)]);

  const sent = await run(['send', 'job.cli', '--data', '{"n":12345678901234567890,"b":1.50}', '--json']);
  expect(sent).toMatchObject({ exitCode: 0, stderr: '' });
  expect(sent.stdout).toContain('"payload":{"n":12345678901234567890,"b":1.50}');
  const event = JSON.parse(sent.stdout) as Event;
  await all.line(/ {2}failed {5}503 {2}job\.cli {2}delivery \S+ {2}webhook \S+ {2}retries 0$/);
  expect(receiver.received[0]?.body).toContain('"data":{"n":12345678901234567890,"b":1.50}');
  const told = JSON.parse(await failed.line(/^\{/)) as Delivery;
  expect(told).toMatchObject({ eventId: event.id, status: 'failed', eventType: 'job.cli' });

  isUp = true;
  const retried = await run(['retry', told.id]);
  expect(retried.stdout).toBe(`${told.id}\tretrying`);
  await all.line(/ {2}delivered {2}200 {2}job\.cli .* retries 1$/);
  expect(await all.stop()).toBe(0);
  expect(all.lines).toHaveLength(new Set(all.lines).size);
  expect(failed.lines).toHaveLength(1);

  const again = await run(['retry', told.id, 'nonsense']);
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain('It was delivered. To send the event again, replay it.');
  expect(again.stderr).toContain('nonsense: error: There is nothing here');
});

test('a payload comes from a file or standard input, and a key makes sending it again harmless', SLOW, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'relay-cli-'));
  closing.push(() => rm(directory, { recursive: true }));
  const file = join(directory, 'payload.json');
  await writeFile(file, '{"from":"a file"}');
  const send = (data: string, input?: string) =>
    run(['send', 'cli.data', '--client', 'acme', '--idempotency-key', 'one', '--data', data, '--json'], {}, input);
  const first = JSON.parse((await send(`@${file}`)).stdout) as Event;
  expect(first).toMatchObject({ clientId: 'acme', idempotencyKey: 'one', payload: { from: 'a file' } });
  const second = JSON.parse((await send('-', '{"from":"a file"}\n')).stdout) as Event;
  expect(second.id).toBe(first.id);
  const other = await send('{}');
  expect(other.exitCode).toBe(1);
  expect(other.stderr).toMatch(
    /^error: The idempotency key was used for other content\n[^]*\n {2}→ Use another --idem/,
  );
  for (const data of ['{', '[1]', '@/nowhere.json']) {
    expect(await send(data)).toMatchObject({ exitCode: 2, stdout: '' });
  }
});

test('everything that matches is counted, and tried again only when that is confirmed', SLOW, async () => {
  let isUp = false;
  const { url } = await receive({ respond: () => ({ status: isUp ? 200 : 503 }) });
  const { id } = await relay.api.createWebhook({
    url,
    eventTypes: ['cli.bulk'],
    retryPolicy: { maximumAttempts: 1 },
  });
  for (let n = 0; n < 3; n++) await relay.api.postEvent({ eventType: 'cli.bulk', payload: { n } });
  const count = async (status: string) =>
    (await relay.api.listDeliveries(`?webhookId=${id}&status=${status}`)).body.data.length;
  await eventually(async () => (await count('failed')) === 3);
  isUp = true;

  const filter = ['retry', '--webhook', id, '--status', 'failed'];
  expect(await run([...filter, '--dry-run'])).toMatchObject({ exitCode: 0, stdout: '3 deliveries match.' });
  const unconfirmed = await run(filter);
  expect(unconfirmed).toMatchObject({ exitCode: 1, stdout: '3 deliveries match.' });
  expect(unconfirmed.stderr).toContain('--yes');
  expect(await count('failed')).toBe(3);
  const confirmed = await run([...filter, '--yes', '--wait', '--json']);
  expect(confirmed.exitCode).toBe(0);
  expect(JSON.parse(confirmed.stdout) as Batch).toMatchObject({ status: 'done', total: 3, done: 3, failed: 0 });
  expect(await count('delivered')).toBe(3);
  for (const args of [['retry'], [...filter, 'an-id'], ['retry', '--status', 'delivered']]) {
    expect((await run(args)).exitCode).toBe(2);
  }
});

test('tail goes on after a lost connection, without a gap', SLOW, async () => {
  const { id } = await relay.api.createWebhook({ url: (await receive()).url, eventTypes: ['cli.gap'] });
  const way = createForwarder(Number(new URL(relay.url).port));
  const port = await way.listen(0);
  closing.push(() => way.close());
  const tail = start(['tail', '--webhook', id, '--status', 'delivered', '--url', `http://127.0.0.1:${port}`]);
  const deliver = async () => {
    const { body: event } = await relay.api.postEvent({ eventType: 'cli.gap', payload: {} });
    return eventually(async () => {
      const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
      return delivery?.status === 'delivered' && delivery;
    });
  };
  await tail.line(/^Following/);
  const before = await deliver();
  await tail.line(new RegExp(before.id));
  await way.close();
  await tail.line(/^The connection was lost/);
  const meanwhile = await deliver();
  await way.listen(port);
  await tail.line(new RegExp(meanwhile.id));
  const after = await deliver();
  await tail.line(new RegExp(after.id));
  expect(tail.lines).toHaveLength(3);
  expect(tail.errors.filter((line) => line.startsWith('Following'))).toHaveLength(2);
});

test('listen prints what arrives, takes a right signature and refuses a wrong one', SLOW, async () => {
  const secret = generateSecret();
  const listening = start(['listen', '--port', '0', '--secret', secret]);
  const [url = ''] = /http:\S+/.exec(await listening.line(/^Receiving/)) ?? [];
  const deliver = async (eventType: string, signedWith: string) => {
    const retryPolicy = { maximumAttempts: 1 };
    await relay.api.createWebhook({ url, eventTypes: [eventType], secret: signedWith, retryPolicy });
    const { body: event } = await relay.api.postEvent({
      eventType,
      payload: { big: 12345678901234567890n.toString() },
    });
    return eventually(async () => {
      const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
      return delivery && delivery.status !== 'pending' && delivery;
    });
  };
  expect(await deliver('cli.right', secret)).toMatchObject({ status: 'delivered', httpStatus: 200 });
  await listening.line(/cli\.right .* attempt 1 {2}✓ verified {2}→ 200$/);
  await listening.line(/^ {2}webhook-signature: v1,/);
  await listening.line(/^ {4}"type": "cli\.right",$/);
  expect(await deliver('cli.wrong', generateSecret())).toMatchObject({ status: 'failed', httpStatus: 401 });
  await listening.line(/cli\.wrong .* ✗ signed with another secret \(another webhook's\?\) {2}→ 401$/);
  expect(await listening.stop()).toBe(0);
  expect(listening.lines.at(-1)).toBe('{"received":2,"unique":1,"duplicates":0,"verified":1,"failed":1}');
  expect(listening.lines.join('\n')).not.toContain(secret);

  const bad = await run(['listen', '--secret', 'whsec_tooshort']);
  expect(bad).toMatchObject({ exitCode: 2, stdout: '' });
  expect(bad.stderr).not.toContain('tooshort');
});

test('listen fails the first attempts when it is told to', SLOW, async () => {
  const listening = start(['listen', '--port', '0', '--fail', '1']);
  const [url = ''] = /http:\S+/.exec(await listening.line(/^Receiving/)) ?? [];
  await relay.api.createWebhook({ url, eventTypes: ['cli.fails'], retryPolicy: { initialIntervalMs: 100 } });
  await relay.api.postEvent({ eventType: 'cli.fails', payload: {} });
  await listening.line(/attempt 1 {2}unverified {2}→ 500$/);
  await listening.line(/attempt 2 {2}unverified {2}→ 200$/);
});

describe('keys', () => {
  test('are made, listed and revoked; a key is shown once', SLOW, async () => {
    const made = await run(
      [
        'keys',
        'create',
        '--name',
        'From a shell',
        '--scope',
        'events:write',
        '--scope',
        'events:read',
        '--json',
      ].concat(['--client', 'acme', '--per-minute', '0', '--expires', '2100-01-01T00:00:00.000Z']),
    );
    const key = JSON.parse(made.stdout) as ApiKeyWithSecret;
    const whoami = await createApiClient(relay.url, key.key).call<Me>('GET', '/api/me');
    expect(whoami.body).toMatchObject({ clientId: 'acme', scopes: ['events:write', 'events:read'] });
    const listed = await run(['keys', 'list', '--json']);
    expect(JSON.parse(listed.stdout) as ApiKey[]).toContainEqual(
      expect.objectContaining({ id: key.id, rateLimitPerMinute: 0, expiresAt: '2100-01-01T00:00:00.000Z' }),
    );
    expect(listed.stdout).not.toContain(key.key);
    expect((await run(['keys', 'list'])).stdout).toContain(`${key.id}\tFrom a shell\tevents:write events:read\tacme\t`);

    const narrow = await run(['keys', 'list', '--api-key', key.key]);
    expect(narrow.exitCode).toBe(1);
    expect(narrow.stderr).toMatch(/^error: The API key does not cover this\n {2}\S[^]*\n {2}→ Use a key/);
    expect((await run(['send', 'cli.key'], { RELAY_API_KEY: key.key })).exitCode).toBe(0);
    expect((await run(['keys', 'revoke', key.id])).exitCode).toBe(0);
    expect((await run(['keys', 'list', '--json'])).stdout).not.toContain(key.id);
  });

  test('are asked for with the development key, except in production', SLOW, async () => {
    expect((await run(['keys', 'list'])).exitCode).toBe(0);
    const production = await run(['keys', 'list'], { NODE_ENV: 'production' });
    expect(production.exitCode).toBe(1);
    expect(production.stderr).toMatch(/^error: A valid API key is needed\n[^]*--api-key or RELAY_API_KEY/);
    expect(production.stderr).not.toContain('test-api-key');
  });
});

describe('doctor', () => {
  const place = () => ({
    DATABASE_URL: relay.env['DATABASE_URL'],
    TEMPORAL_ADDRESS: relay.env['TEMPORAL_ADDRESS'],
  });
  const doctor = async (env: NodeJS.ProcessEnv) => {
    const { exitCode, stdout } = await run(['doctor', '--json'], { ...place(), ...env });
    const findings = JSON.parse(stdout) as Finding[];
    return { exitCode, findings, failed: findings.filter(({ status }) => status !== 'ok') };
  };

  test('finds nothing amiss with a relay that is well', SLOW, async () => {
    const { exitCode, findings, failed } = await doctor({});
    expect({ exitCode, failed }).toEqual({ exitCode: 0, failed: [] });
    expect(findings.map(({ check }) => check)).toEqual([
      ...['configuration', 'database', 'migrations', 'clock', 'connections', 'listen', 'task queue'],
      ...['temporal', 'namespace', 'attributes', 'api', 'key'],
    ]);
  });

  test('says whose a task queue is', SLOW, async () => {
    const queue = { TEMPORAL_TASK_QUEUE: relay.env['TEMPORAL_TASK_QUEUE'] };
    expect((await doctor(queue)).findings.find(({ check }) => check === 'task queue')).toMatchObject({
      status: 'ok',
      message: `${queue.TEMPORAL_TASK_QUEUE} is this installation's`,
    });
    const other = await doctor({ ...queue, DATABASE_URL: await createDatabase(inject('postgresUrl')) });
    expect(other.failed).toMatchObject([
      { check: 'task queue', message: expect.stringContaining('belongs to another Relay') as string },
    ]);
  });

  test('says everything that is wrong and what to do, without passwords', SLOW, async () => {
    const { exitCode, stdout } = await run(['doctor'], {
      DATABASE_URL: 'postgres://relay:pass-word@127.0.0.1:1/relay',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      RELAY_URL: 'http://127.0.0.1:2',
      MAX_EVENT_BYTES: 'many',
      NODE_ENV: 'production',
    });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^fail {2}configuration {2}MAX_EVENT_BYTES must be a whole number in plain digits, not "many"\n +→ /,
    );
    expect(stdout).toMatch(/^fail {2}configuration {2}SECRETS_KEY must be set in production/m);
    expect(stdout).toMatch(
      /^fail {2}database {7}127\.0\.0\.1:1\/relay cannot be used: .*ECONNREFUSED.*\n +→ Start PostgreSQL/m,
    );
    expect(stdout).toMatch(/^fail {2}temporal {7}127\.0\.0\.1:1 cannot be used: .*\n +→ Start Temporal/m);
    expect(stdout).toMatch(
      /^fail {2}api {12}Relay cannot be reached at http:\/\/127\.0\.0\.1:2: .*\n +→ Is it running/m,
    );
    expect(stdout).not.toContain('pass-word');
  });

  test('tells a wrong password and a missing database apart', SLOW, async () => {
    const [password, database] = [new URL(inject('postgresUrl')), new URL(inject('postgresUrl'))];
    password.password = 'wrong';
    database.pathname = '/nowhere';
    expect((await doctor({ DATABASE_URL: password.href })).failed[0]?.todo).toContain('Correct user and password');
    expect((await doctor({ DATABASE_URL: database.href })).failed[0]?.todo).toContain('createdb');
  });

  test('misses migrations and a namespace, which migrate then brings', SLOW, async () => {
    const url = await emptyDatabase(inject('postgresUrl'));
    const namespace = `cli-${Date.now()}`;
    const before = await doctor({ DATABASE_URL: url, TEMPORAL_NAMESPACE: namespace });
    expect(before.failed).toMatchObject([
      { check: 'migrations', message: expect.stringContaining('001_core') as string },
      { check: 'namespace', message: `${namespace} is not there` },
    ]);
    expect(before.failed.map(({ todo }) => todo)).toEqual(Array(2).fill(expect.stringContaining('relay migrate')));

    const env = { ...place(), DATABASE_URL: url, TEMPORAL_NAMESPACE: namespace };
    const migrated = await run(['migrate'], env);
    expect(migrated.stdout).toMatch(/^Database: applied 001_core, .*\nTemporal: namespace cli-\d+ and/);
    expect((await run(['migrate'], { DATABASE_URL: url })).stdout).toBe('Database: up to date');
    expect((await doctor(env)).failed).toEqual([]);
  });

  test('warns of pools that are larger than what the server gives', SLOW, async () => {
    const { exitCode, failed } = await doctor({ DATABASE_POOL_MAX: '100' });
    expect({ exitCode, failed }).toMatchObject({ exitCode: 0, failed: [{ check: 'connections', status: 'warn' }] });
    expect(failed[0]?.message).toMatch(/^two processes .* up to 202 connections, .* max_connections leaves \d+$/);
    expect(failed[0]?.todo).toMatch(/max_connections .* or lower DATABASE_POOL_MAX to \d+\.$/);
  });

  test('knows whether SECRETS_KEY opens the secrets', SLOW, async () => {
    await relay.api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['cli.secret'] });
    const wrong = await doctor({ SECRETS_KEY: Buffer.alloc(32, 'another').toString('base64') });
    expect(wrong).toMatchObject({ exitCode: 1, failed: [{ check: 'secrets' }] });
    const right = readConfig(relay.env).SECRETS_KEY.toString('base64');
    const { findings } = await doctor({ SECRETS_KEY: right });
    expect(findings.find(({ check }) => check === 'secrets')?.status).toBe('ok');
  });

  test('knows whether the proxy that deliveries leave by can be reached', SLOW, async () => {
    const gone = await doctor({ EGRESS_PROXY_URL: 'http://127.0.0.1:1' });
    expect(gone).toMatchObject({ exitCode: 1, failed: [{ check: 'egress' }] });
    expect(gone.failed[0]?.todo).toContain('EGRESS_PROXY_URL');
    const { findings } = await doctor({ EGRESS_PROXY_URL: relay.url });
    expect(findings.find(({ check }) => check === 'egress')?.status).toBe('ok');
  });

  test('finds nothing amiss with a worker, which it looks for at WORKER_PORT and asks for no key', SLOW, async () => {
    const worker = await startTestRelay({ ...place(), RELAY_ROLE: 'worker', WORKER_PORT: '0' });
    closing.push(() => worker.stop());
    const { port } = new URL(worker.url);
    const { exitCode, findings, failed } = await doctor({ RELAY_ROLE: 'worker', WORKER_PORT: port, RELAY_URL: '' });
    expect({ exitCode, failed }).toEqual({ exitCode: 0, failed: [] });
    expect(findings.at(-1)).toMatchObject({ check: 'api', message: `http://localhost:${port} is ready` });
  });

  test('knows a key that Relay refuses', SLOW, async () => {
    const { exitCode, failed } = await doctor({ RELAY_API_KEY: 'rk_nobody' });
    expect({ exitCode, failed }).toMatchObject({ exitCode: 1, failed: [{ check: 'key' }] });
  });
});

test('start says what is in its way', SLOW, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'relay-cli-'));
  closing.push(() => rm(directory, { recursive: true }));
  const { port } = new URL(relay.url);
  const { exitCode, stderr } = await run(['start'], { PORT: port, RELAY_DATA_DIR: join(directory, 'data') });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining(`Port ${port} for the API is already in use`) as string,
  });
});

test('migrate wants to know the database', SLOW, async () => {
  const { exitCode, stderr } = await run(['migrate']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('DATABASE_URL is not set');
});

test('a wrong command line is told from a refusal by the exit code', SLOW, async () => {
  for (const args of [[], ['nonsense'], ['send'], ['send', 'a.b', '--url', 'nowhere'], ['listen', '--port', 'http']]) {
    expect((await run(args)).exitCode).toBe(2);
  }
  expect((await run(['--help'])).exitCode).toBe(0);
});
