import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKey } from '../../contract/access.ts';
import { createApiClient, type ApiClient } from '../support/apiClient.ts';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startInfrastructure, type Infrastructure } from '../support/infrastructure.ts';
import { readManifests } from '../support/manifests.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';
import { startLoad } from './support/load.ts';
import { report } from './support/report.ts';

const LENGTH = Number(process.env['FAULTS_LENGTH'] ?? 1);
const POD_BYTES = 1024 ** 3;

let infrastructure: Infrastructure;
let relay: RelayProcess;
const sockets: Socket[] = [];
const receivers: Server[] = [];

beforeAll(async () => {
  infrastructure = await startInfrastructure();
  const databaseUrl = await createDatabase(infrastructure.postgres.socketUrl);
  const env = relayEnvironment({ databaseUrl, temporalAddress: infrastructure.temporal.address });
  relay = await startRelayProcess({ ...env }, { nodeOptions: await optionsOfPod() });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const receiver of receivers) receiver.close();
  await relay.stop();
  await infrastructure.stop();
});

/** The options that the pods of the API give Node. */
async function optionsOfPod(): Promise<string[]> {
  const api = (await readManifests()).find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'relay-api',
  );
  const [container] = api?.spec.template?.spec.containers ?? [];
  expect(container?.resources.limits['memory']).toBe('1Gi');
  const options = container?.env?.find(({ name }) => name === 'NODE_OPTIONS')?.value?.split(' ') ?? [];
  expect(options).toEqual([expect.stringMatching(/^--max-old-space-size=\d+$/)]);
  return options;
}

async function makeKey(clientId?: string): Promise<{ key: string; api: ApiClient }> {
  const body = { name: 'Greedy', scopes: ['admin'], ...(clientId !== undefined && { clientId }) };
  const { key } = (await relay.api.call<ApiKey & { key: string }>('POST', '/api/keys', body)).body;
  return { key, api: createApiClient(relay.url, key) };
}

/** Sends bytes and reads nothing of what comes back. */
function sendOnly(text: string): void {
  const socket = connect(Number(new URL(relay.url).port), '127.0.0.1').pause();
  sockets.push(socket.on('error', () => undefined));
  socket.write(text);
}

const get = (path: string, key: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\n\r\n`;

/** The most memory that the process has had, in bytes. */
function peakBytes(): number {
  const status = readFileSync(`/proc/${relay.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** A receiver that begins an answer and goes on with it for ever, as fast as it is taken. */
async function startFlood(start: string, more: string): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    const flood = (): void => {
      while (!socket.destroyed && socket.write(more));
    };
    socket.resume().on('drain', flood);
    socket.write(start);
    flood();
  });
  receivers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Each of these goes on until the test ends. */
const GREEDY: [string, () => Promise<void>][] = [
  [
    'lists of large events that are not read',
    async () => {
      const { key, api } = await makeKey('large');
      for (let n = 0; n < 40; n++) await api.postEvent({ eventType: 'large', payload: { text: 'x'.repeat(250_000) } });
      for (let n = 0; n < 60; n++) sendOnly(get('/api/events?limit=100', key).repeat(3));
    },
  ],
  [
    'the audit trail, as large as it can be, not read',
    async () => {
      const { key, api } = await makeKey('audited');
      const { id } = await api.createWebhook({ url: 'http://127.0.0.1:9/', isActive: false });
      for (let n = 0; n < 40; n++) {
        const headers = Object.fromEntries(
          Array.from({ length: 20 }, (_, index) => [`x-${index}`, `${n % 10}`.repeat(4000)]),
        );
        await api.call('PATCH', `/api/webhooks/${id}`, { headers });
      }
      for (let n = 0; n < 60; n++) sendOnly(get('/api/audit?limit=100', key).repeat(10));
    },
  ],
  [
    'a thousand requests and a thousand sign-ins that do not end',
    async () => {
      const { key } = await makeKey();
      const half = 'Content-Length: 262144\r\n\r\n' + ' '.repeat(262_143);
      for (let n = 0; n < 1000; n++) {
        sendOnly(`POST /api/events HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\n${half}`);
        sendOnly(`POST /api/session HTTP/1.1\r\nHost: x\r\n${half}`);
        if (n % 100 === 0) await relay.api.call('GET', '/healthz');
      }
    },
  ],
  [
    'as many streams as ten keys may have, not read',
    async () => {
      for (let n = 0; n < 10; n++) {
        const { key } = await makeKey();
        for (let stream = 0; stream < 20; stream++) sendOnly(get('/api/stream', key));
      }
    },
  ],
  [
    'receivers that flood with interim answers, and with a chunk without end',
    async () => {
      const { api } = await makeKey('flooded');
      const retryPolicy = { initialIntervalMs: 1000, backoffCoefficient: 1, maximumIntervalMs: 1000 };
      for (const url of [
        await startFlood('', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(100)),
        await startFlood('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', 'x'.repeat(65_536)),
      ]) {
        await api.createWebhook({ url, eventTypes: ['flooded'], retryPolicy });
      }
      for (let n = 0; n < 20; n++) await api.postEvent({ eventType: 'flooded', payload: { n } });
    },
  ],
];

test('with the memory of a pod, callers and receivers that take all they can end nothing and cost others nothing', async () => {
  const load = await startLoad({ urls: () => [relay.url], eventType: 'beside', perSecond: 10 });
  const ended: string[] = [];
  for (const [what, begin] of GREEDY) {
    await begin();
    await load.accepted(20 * LENGTH);
    const alive = await eventually(() => relay.api.call('GET', '/healthz'), 30_000).catch(() => null);
    if (alive?.status !== 200) ended.push(what);
  }
  expect(ended).toEqual([]);
  const tally = await load.finish();
  report('callers that do not read or do not end, receivers that flood', tally);
  expect(tally).toMatchObject({ lost: 0, refused: 0 });
  expect(tally.accepted).toBeGreaterThan(100 * LENGTH);
  expect(peakBytes()).toBeLessThan(POD_BYTES);
});
