import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Knex } from 'knex';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApiClient } from '../../support/apiClient.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestApi, type TestApi } from './support.ts';

/** Long enough for what is not slow, short enough for a test; 30 and 60 s otherwise. */
const LIMITS = { requestMs: 2000, unreadMs: 2000 };
const LARGE = '/api/events?clientId=large&limit=100';
const MIB = 1024 * 1024;
let hurried: TestApi;
let patient: TestApi;
const sockets: Socket[] = [];

beforeAll(async () => {
  hurried = await startTestApi({}, LIMITS);
  patient = await startTestApi();
  for (const { api } of [hurried, patient]) {
    for (let number = 0; number < 16; number++) {
      const payload = { text: 'x'.repeat(250_000) };
      expect((await api.postEvent({ clientId: 'large', eventType: 'large', payload })).status).toBe(202);
    }
  }
});
afterEach(leaveAll);

function leaveAll(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
}

/** Sends bytes and reads nothing of what comes back. */
function sendOnly({ url }: TestApi, text: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
  sockets.push(socket.on('error', () => undefined));
  socket.write(text);
  return socket;
}

/** So many requests on one connection, for 4 MiB each: more than the system itself would take from Relay. */
const lists = (key: string, count: number) =>
  `GET ${LARGE} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\n\r\n`.repeat(count);
const upload = (key: string, declared: number, sent: number) =>
  `POST /api/events/batch HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Length: ${declared}\r\n\r\n${' '.repeat(sent)}`;

describe('an answer', () => {
  it('that is not read is broken off', async () => {
    const others = await hurried.connections();
    sendOnly(hurried, lists('admin-key', 6));
    await eventually(async () => (await hurried.connections()) > others);
    await eventually(async () => (await hurried.connections()) <= others);
  });

  it('that is read slowly comes whole', async () => {
    const socket = sendOnly(hurried, lists('admin-key', 6).replace(/\r\n\r\n$/, '\r\nConnection: close\r\n\r\n'));
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      if (Math.floor(bytes / MIB) < Math.floor((bytes += chunk.length) / MIB)) socket.pause();
    });
    // Longer than an answer may stand still: 24 MiB, a MiB at a time.
    const reading = setInterval(() => socket.resume(), 150);
    await once(socket, 'end');
    clearInterval(reading);
    expect(bytes).toBeGreaterThan(6 * 3.5 * MIB);
  });
});

describe('a request that does not come to its end', () => {
  it('is a 408, and its connection is closed', async () => {
    for (const text of ['GET /healthz HT', upload('admin-key', 100, 50)]) {
      const socket = sendOnly(hurried, text);
      const [chunk] = (await once(socket.resume(), 'data')) as [Buffer];
      expect(chunk.toString()).toMatch(/^HTTP\/1\.1 408 /);
      await once(socket, 'close');
    }
  });
});

/** What it does too much of, and what it then is refused. */
const postEvents = (key: string) => {
  const events = Array.from({ length: 8 }, () => ({ eventType: 'small', payload: { text: 'x'.repeat(250_000) } }));
  return createApiClient(patient.url, key).call('POST', '/api/events/batch', { events });
};
const listEvents = (key: string) => createApiClient(patient.url, key).call('GET', LARGE);

describe.each([
  ['leaves its answers unread', 12, (key: string) => lists(key, 4), listEvents],
  ['does not end its requests', 48, (key: string) => upload(key, MIB, MIB - 1), postEvents],
])('a key that %s', (_, connections, tooMuch, ask) => {
  it('is refused more when it has all it may have; others are served, and so is it once it left', async () => {
    const [greedy, other] = [patient.anotherKey(), patient.anotherKey()];
    for (let number = 0; number < connections; number++) sendOnly(patient, tooMuch(greedy));
    const refused = await eventually(async () => {
      const answer = await ask(greedy);
      return answer.status === 503 && answer;
    });
    expect(refused.body).toMatchObject({ code: 'unavailable' });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect((await postEvents(other)).status).toBe(202);
    expect((await listEvents(other)).status).toBe(200);
    leaveAll();
    await eventually(async () => (await ask(greedy)).status < 300);
  });
});

describe('a client that asks for more than the database can do at once', () => {
  it('waits for itself: others post and read meanwhile', async () => {
    const [greedy, other] = [patient.as({ clientId: 'greedy' }), patient.as({ clientId: 'other' })];
    const lock = await patient.db.transaction();
    await lock.raw('LOCK TABLE event_types IN ACCESS EXCLUSIVE MODE');
    const asked = Array.from({ length: 50 }, () => greedy.call('GET', '/api/event-types'));
    await eventually(async () => (await statementsThatWait(lock)) > 1);
    expect((await other.call('GET', '/api/webhooks')).status).toBe(200);
    expect((await other.postEvent({ eventType: 'a.b', payload: {} })).status).toBe(202);
    expect((await patient.api.call('GET', '/readyz')).status).toBe(200);
    await lock.rollback();
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
  });
});

async function statementsThatWait(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ count: number }] }>(
    'SELECT count(*)::int FROM pg_locks JOIN pg_database ON oid = database WHERE datname = current_database() AND NOT granted',
  );
  return rows[0].count;
}
