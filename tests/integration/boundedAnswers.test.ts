import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../contract/access.ts';
import type { Delivery } from '../../contract/deliveries.ts';
import type { Event } from '../../contract/events.ts';
import type { Page } from '../../contract/primitives.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const PAGE_BYTES = 4 * 1024 * 1024;
let relay: TestRelay;

beforeAll(async () => {
  relay = await startTestRelay();
});

/** Every row of a list, page by page; none of them larger than it may be. */
async function readAll<T>(path: string): Promise<{ rows: T[]; sizes: number[] }> {
  const rows: T[] = [];
  const sizes: number[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const { body, text } = await relay.api.call<Page<T>>('GET', `${path}${query}`);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(PAGE_BYTES);
    expect(body.pagination.hasMore).toBe(body.pagination.nextCursor !== null);
    rows.push(...body.data);
    sizes.push(body.data.length);
    cursor = body.pagination.nextCursor;
  } while (cursor !== null);
  return { rows, sizes };
}

describe('a list', () => {
  it('of large events ends its pages before they pass 4 MiB, and leaves none out', async () => {
    const posted: string[] = [];
    for (let number = 0; number < 40; number++) {
      const payload = { number, text: 'é'.repeat(125_000) };
      posted.push((await relay.api.postEvent({ clientId: 'large', eventType: 'large', payload })).body.id);
    }
    const { rows, sizes } = await readAll<Event>('/api/events?clientId=large&limit=100');
    expect(rows.map(({ id }) => id)).toEqual(posted.toReversed());
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(10);
  });

  it('of the audit trail has short entries, whatever is changed', async () => {
    const headers = (number: number) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`x-${index}`, `${number}`.repeat(4000)]));
    const { id } = await relay.api.createWebhook({ url: 'http://127.0.0.1:9/', isActive: false, headers: headers(0) });
    for (let number = 1; number < 40; number++) {
      const path = `/api/webhooks/${id}`;
      expect((await relay.api.call('PATCH', path, { headers: headers(number % 10) })).status).toBe(200);
    }
    const { rows, sizes } = await readAll<AuditEntry>(`/api/audit?targetId=${id}&limit=100`);
    expect([rows.length, sizes]).toEqual([40, [40]]);
    for (const row of rows) expect(JSON.stringify(row).length).toBeLessThan(17_000);
    expect(rows[0]?.changes['headers']?.after).toMatchObject({ shortened: true, bytes: expect.any(Number) as number });
  });

  it('of rows that are small has as many as were asked for', async () => {
    for (let number = 0; number < 5; number++) {
      await relay.api.postEvent({ clientId: 'small', eventType: 'small', payload: { number } });
    }
    expect((await readAll<Event>('/api/events?clientId=small&limit=2')).sizes).toEqual([2, 2, 1]);
    expect((await readAll<Event>('/api/events?clientId=small&limit=5')).sizes).toEqual([5]);
  });
});

it('an event shows its newest hundred deliveries and how many there are; the list has the rest', async () => {
  for (let number = 0; number < 120; number++) {
    const webhook = { clientId: 'wide', url: `http://127.0.0.1:9/${number}`, isActive: false };
    await relay.api.createWebhook(webhook);
  }
  const { body: posted } = await relay.api.postEvent({ clientId: 'wide', eventType: 'wide', payload: {} });
  expect(posted.deliveryCount).toBe(120);
  const { rows } = await readAll<Delivery>(`/api/deliveries?eventId=${posted.id}&limit=100`);
  expect(rows).toHaveLength(120);
  const { body } = await relay.api.getEvent(posted.id);
  expect(body.deliveryCount).toBe(120);
  expect(body.deliveries.map(({ id }) => id)).toEqual(rows.slice(0, 100).map(({ id }) => id));
});
