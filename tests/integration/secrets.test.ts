import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { ApiKey } from '../../contract/access.ts';
import type { WebhookWithSecret } from '../../contract/webhooks.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { createApiClient } from '../support/apiClient.ts';
import { createDatabase, execute } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';

const { History } = proto.temporal.api.history.v1;
const secretOf = (text: string) => `whsec_${Buffer.from(text.padEnd(32, '.')).toString('base64')}`;
const FIRST = secretOf('the first signing secret');
const SECOND = secretOf('the second signing secret');
const ADMIN_API_KEY = 'the-operators-own-key-4711';
const SECRETS_KEY = Buffer.from('the key that seals the secrets!!').toString('base64');
const AUTHORIZATION = 'Bearer the-receivers-own-password';
const OTHER_SCHEME = 'the-secret-of-another-scheme';
const PASSWORD = 'the-password-of-basic-auth';
const PAYLOAD = 'a-candidate-whom-nobody-may-know';

let databaseUrl: string;
let relay: RelayProcess;
let made: ApiKey & { key: string };
let session: string;
/** What each delivery's workflow, and the one of a test send, left behind. */
let workflowIds: string[];
const receiver = createReceiver({ respond: ({ attempt }) => (attempt === 1 ? { status: 500 } : {}) });

beforeAll(async () => {
  const { url: target } = await receiver.listen();
  databaseUrl = await createDatabase(inject('postgresUrl'));
  const place = { databaseUrl, temporalAddress: inject('temporalAddress') };
  relay = await startRelayProcess(relayEnvironment(place, { ADMIN_API_KEY, SECRETS_KEY }), { logLevel: 'debug' });
  const api = createApiClient(relay.url, ADMIN_API_KEY);
  made = (await api.call<ApiKey & { key: string }>('POST', '/api/keys', { name: 'Module', scopes: ['admin'] })).body;
  const signedIn = await api.call('POST', '/api/session', { key: made.key });
  session = /relay_session=([^;]+)/.exec(signedIn.headers.get('set-cookie') ?? '')?.[1] ?? '';

  const retryPolicy = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 3 };
  const headers = { authorization: AUTHORIZATION };
  const signatures = [{ header: 'X-Signature', secret: OTHER_SCHEME }];
  const webhook = await api.createWebhook({ url: target, secret: FIRST, headers, retryPolicy, signatures });
  await api.call<WebhookWithSecret>('POST', `/api/webhooks/${webhook.id}/rotate-secret`, { secret: SECOND });
  await api.call('PATCH', `/api/webhooks/${webhook.id}`, { headers: { authorization: `${AUTHORIZATION}-2` } });
  await api.call('POST', `/api/webhooks/${webhook.id}/test`, { payload: { name: PAYLOAD } });
  const auth = { type: 'basic', username: 'relay', password: PASSWORD };
  const dead = await api.createWebhook({ url: 'http://127.0.0.1:1/', secret: FIRST, retryPolicy, auth });
  // What is refused is logged, too.
  await api.postEvent({ eventType: 'is refused', payload: { name: PAYLOAD } });
  await createApiClient(relay.url, `${made.key}-mistyped`).postEvent({ eventType: 'a', payload: { name: PAYLOAD } });
  const { body: event } = await createApiClient(relay.url, made.key).postEvent({
    eventType: 'a.b',
    payload: { name: PAYLOAD },
  });
  const { deliveries } = await eventually(async () => {
    const { body } = await api.getEvent(event.id);
    return body.status === 'failed' && body;
  });
  expect(new Set(deliveries.map(({ webhookId }) => webhookId))).toEqual(new Set([webhook.id, dead.id]));
  workflowIds = deliveries.map(({ workflowId }) => workflowId);
}, 120_000);
afterAll(async () => {
  await relay.stop();
  await receiver.close();
});

/** Whatever of the secrets is in the text, as it is or as its parts are written elsewhere. */
function found(text: string): string[] {
  const secrets = {
    FIRST,
    SECOND,
    OTHER_SCHEME,
    PASSWORD,
    ADMIN_API_KEY,
    SECRETS_KEY,
    AUTHORIZATION,
    PAYLOAD,
    key: made.key,
    session,
  };
  return Object.entries(secrets).flatMap(([name, secret]) => {
    expect(secret.length).toBeGreaterThan(12);
    const forms = [secret, secret.replace(/^(whsec_|Bearer )/, ''), Buffer.from(secret).toString('base64')];
    return forms.some((form) => text.includes(form)) ? [name] : [];
  });
}

test('no secret, key or payload is logged, also at LOG_LEVEL=debug, not even in part', () => {
  const output = relay.output.join('\n');
  expect(output).toContain('"level":"debug"');
  expect(output).toContain(workflowIds[0]);
  expect(found(output)).toEqual([]);
});

test('no secret, key or payload is in the audit trail, which says that they were changed', async () => {
  const { text } = await createApiClient(relay.url, ADMIN_API_KEY).call('GET', '/api/audit?limit=100');
  for (const action of ['key.created', 'webhook.created', 'webhook.secret_rotated', 'webhook.updated']) {
    expect(text).toContain(action);
  }
  expect(found(text)).toEqual([]);
});

test('of all this the database holds the payload alone in a readable form', async () => {
  const { rows } = await execute(databaseUrl, `SELECT database_to_xml(true, false, '')::text`);
  const text = String(Object.values(rows[0] ?? {})[0]);
  expect(text).toContain(workflowIds[0]);
  expect(found(text)).toEqual(['PAYLOAD']);
});

test('no secret, key or payload is in a workflow’s history, as the Temporal server keeps it', async () => {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  const client = new Client({ connection });
  for (const workflowId of workflowIds) {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    const bytes = Buffer.from(History.encode(history).finish()).toString('latin1');
    expect(bytes).toContain('attemptDelivery');
    expect(found(bytes)).toEqual([]);
  }
  const { info } = await client.workflow
    .getHandle(workflowIds[0]!)
    .describe()
    .then(({ raw }) => ({ info: JSON.stringify(raw) }));
  expect(found(info)).toEqual([]);
  await connection.close();
});

test('no secret, key or payload is among the metrics, and no webhook’s address', async () => {
  const text = await (await fetch(`${relay.url}/metrics`)).text();
  expect(text).toContain('relay_attempts_total{status="retrying"');
  expect(found(text)).toEqual([]);
  expect(text).not.toContain('127.0.0.1');
});

test('a signed-in browser’s cookie can be read by no script and is sent from no other site', async () => {
  const { headers } = await createApiClient(relay.url).call('POST', '/api/session', { key: made.key });
  expect(headers.get('set-cookie')).toMatch(/^relay_session=[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
});
