import { inject, afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Agent, fetch as fetchWith, getGlobalDispatcher, setGlobalDispatcher, type Dispatcher } from 'undici';
import type { AuditEntry } from '../../contract/access.ts';
import type { Page } from '../../contract/primitives.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { createApiClient, type ApiClient } from '../support/apiClient.ts';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { followStream } from '../support/eventStream.ts';
import { eventually } from '../support/eventually.ts';
import { nginxProgram, startNginx, type Nginx } from '../support/nginx.ts';
import { postInLanes } from '../support/postInLanes.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';

const KEY = { 'x-api-key': 'test-api-key-12345' };

describe.skipIf(!nginxProgram)('deploy/nginx/relay.conf (skipped where Nginx is not installed)', () => {
  let apis: RelayProcess[] = [];
  let worker: RelayProcess;
  let nginx: Nginx;
  let receiver: Receiver;
  let api: ApiClient;
  let usual: Dispatcher;

  beforeAll(async () => {
    const env = relayEnvironment(
      { databaseUrl: await createDatabase(inject('postgresUrl')), temporalAddress: inject('temporalAddress') },
      { TRUST_PROXY: 'true' },
    );
    const start = (role: string) => startRelayProcess({ ...env, RELAY_ROLE: role });
    const started = await Promise.all([start('api'), start('api'), start('worker')]);
    apis = started.slice(0, 2);
    worker = started[2]!;
    const [first, second] = apis.map(({ url }) => `127.0.0.1:${new URL(url).port}`);
    nginx = await startNginx([first!, second!]);
    usual = getGlobalDispatcher();
    setGlobalDispatcher(from('127.0.0.7'));
    api = createApiClient(nginx.httpsUrl);
    receiver = createReceiver();
    const { url } = await receiver.listen();
    await api.createWebhook({ url, eventTypes: ['through.nginx', 'killed.upstream'] });
  }, 120_000);
  afterAll(async () => {
    setGlobalDispatcher(usual);
    await nginx.stop();
    await Promise.all([...apis, worker].map((relay) => relay.stop()));
    await receiver.close();
  });

  /** Calls that come from one of this machine's own addresses. */
  function from(localAddress: string): Agent {
    return new Agent({ localAddress, connect: { ca: nginx.authority } });
  }

  it('accepts events over TLS and hands them to the API, which delivers them', async () => {
    const { status, body } = await api.postEvent({ eventType: 'through.nginx', payload: { n: 1 } });
    expect(status).toBe(202);
    await eventually(() => receiver.received.some(({ headers }) => headers['webhook-id'] === body.id));
    const { headers } = await api.call('GET', '/healthz');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}$/);
  });

  it('sends plain HTTP to HTTPS under its own name, with method and path', async () => {
    const answer = await fetchWith(`${nginx.httpUrl}/api/events?limit=1`, {
      method: 'POST',
      redirect: 'manual',
      headers: { host: 'evil.example' },
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([308, 'https://localhost/api/events?limit=1']);
  });

  it('speaks TLS 1.2 and newer only', async () => {
    const connect = { ca: nginx.authority, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' };
    const old = new Agent({ connect: connect as Agent.Options['connect'] & object });
    await expect(fetchWith(`${nginx.httpsUrl}/healthz`, { dispatcher: old })).rejects.toThrow();
    const current = new Agent({ connect: { ca: nginx.authority, maxVersion: 'TLSv1.2' } });
    expect((await fetchWith(`${nginx.httpsUrl}/healthz`, { dispatcher: current })).status).toBe(200);
  });

  it('hands the stream on as it comes', async () => {
    const stream = await followStream(nginx.httpsUrl, { ...KEY, 'accept-encoding': 'gzip' });
    const { body } = await api.postEvent({ eventType: 'through.nginx', payload: {} });
    await eventually(() => stream.messages.some(({ data }) => data['id'] === body.id), 5000);
    expect(stream.isOpen()).toBe(true);
    await stream.close();
  });

  it('tells the API the address a caller really has, whatever the caller claims', async () => {
    const { body: key } = await api.call<{ id: string }>(
      'POST',
      '/api/keys',
      { name: 'Seen from outside', scopes: ['events:read'] },
      { 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6', 'x-real-ip': '6.6.6.6' },
    );
    const { body: audit } = await api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${key.id}`);
    expect(audit.data.map(({ ip }) => ip)).toEqual(['127.0.0.7']);
  });

  it('limits wrong keys by that address: inventing others is no way around it, and others are not held up', async () => {
    const guess = async (dispatcher: Agent, n: number): Promise<number> => {
      const headers = { 'x-api-key': `wrong-key-number-${n}`, 'x-forwarded-for': `10.1.${n % 250}.${n % 249}` };
      const answer = await fetchWith(`${nginx.httpsUrl}/api/me`, { headers, dispatcher });
      await answer.arrayBuffer();
      return answer.status;
    };
    const guesser = from('127.0.0.8');
    const statuses = [];
    // Each of the two processes counts for itself.
    for (let n = 0; n < 220; n += 20) {
      statuses.push(...(await Promise.all(Array.from({ length: 20 }, (_, k) => guess(guesser, n + k)))));
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(200);
    expect(await guess(guesser, 999)).toBe(429);
    expect(await guess(from('127.0.0.9'), 999)).toBe(401);
  });

  it('marks the session cookie as Secure, since the API is told that the caller uses TLS', async () => {
    const { headers } = await api.call('POST', '/api/session', { key: KEY['x-api-key'] });
    const cookie = headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^__Host-relay_session=[^;]+; Path=\/;.*; Secure$/);
    const [pair = ''] = cookie.split(';');
    const meBy = (sent: string) => fetchWith(`${nginx.httpsUrl}/api/me`, { headers: { cookie: sent } });
    expect((await meBy(pair)).status).toBe(200);
    // What a neighbouring host could have planted.
    expect((await meBy(pair.replace('__Host-', ''))).status).toBe(401);
  });

  it('leaves it to the API to say what is too large, and says it in the same form beyond that', async () => {
    const tooLarge = (bytes: number) =>
      api.call<{ code: string }>('POST', '/api/events/batch', { events: [], filler: 'x'.repeat(bytes) });
    for (const bytes of [4_300_000, 7_000_000]) {
      expect([bytes, await tooLarge(bytes)]).toMatchObject([
        bytes,
        { status: 413, body: { code: 'payload_too_large' } },
      ]);
    }
    const events = Array.from({ length: 16 }, () => ({ eventType: 'large', payload: { text: 'x'.repeat(250_000) } }));
    expect((await api.call('POST', '/api/events/batch', { events })).status).toBe(202);
  });

  it('keeps metrics to those who ask a process itself', async () => {
    const hidden = await fetchWith(`${nginx.httpsUrl}/metrics`, { dispatcher: from('127.0.0.7') });
    expect([hidden.status, hidden.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    expect((await fetchWith(`${apis[0]!.url}/metrics`)).status).toBe(200);
  });

  // The last but one: afterwards only one API process is left.
  it('lets no request fail when an API process is killed', async () => {
    const { answers, ids, stop } = postInLanes(api, 'killed.upstream');
    await eventually(() => answers.length > 40);
    await apis[0]!.kill();
    const before = answers.length;
    await eventually(() => answers.length > before + 40);
    await stop();
    expect(answers.filter((status) => status !== 200 && status !== 202)).toEqual([]);
    const arrived = () => new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
    await eventually(() => ids.every((id) => arrived().has(id)));
  });

  it('says in the API’s own form that no process is left', async () => {
    await apis[1]!.kill();
    const { status, body, headers } = await api.postEvent(
      { eventType: 'through.nginx', payload: {} },
      { 'idempotency-key': 'nobody-there' },
    );
    expect([status, body]).toMatchObject([503, { code: 'unavailable' }]);
    expect(headers.get('retry-after')).not.toBeNull();
  });
});
