import http from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../store/ids.ts';
import type { DeliverySummary } from '../../../contract/deliveries.ts';
import type { Page } from '../../../contract/primitives.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestApi, type TestApi } from './support.ts';

/** More than are read at once. */
const MANY = 1203;
const TYPE = 'exported.many';

let test: TestApi;
let webhookId: string;
beforeAll(async () => {
  test = await startTestApi();
  webhookId = (await test.api.createWebhook({ url: 'http://127.0.0.1:1/', eventTypes: ['exported.*'] })).id;
  await test.api.postEvent({ eventType: TYPE, payload: {}, tags: { region: 'eu' } });
  await test.api.postEvent({ eventType: 'exported.other', clientId: 'other', payload: {} });
  const [made] = await test.db<Record<string, unknown>>('deliveries').where({ eventType: TYPE });
  const more = Array.from({ length: MANY - 1 }, (_, n) => ({
    ...made,
    id: newId(),
    workflowId: `copy-${n}`,
    status: n % 2 === 0 ? 'failed' : 'skipped',
    errorCode: n % 2 === 0 ? 'http_status' : null,
    errorMessage: n % 2 === 0 ? '=HYPERLINK("http://evil.test","HTTP 500, later")' : null,
    httpStatus: n % 2 === 0 ? 500 : null,
    outbox: null,
  }));
  await test.db.batchInsert('deliveries', more, 200);
});

async function get(path: string, key = 'admin-key'): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(`${test.url}${path}`, { headers: { 'x-api-key': key } });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('an export', () => {
  it('has every row that matches once, as the list shows them, a line each', async () => {
    const { status, headers, text } = await get(`/api/deliveries/export.ndjson?eventType=${TYPE}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="deliveries-[\d-]{10}\.ndjson"$/);
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as DeliverySummary);
    const ids = rows.map(({ id }) => id);
    expect([rows.length, new Set(ids).size, ids.toSorted().reverse()]).toEqual([MANY, MANY, ids]);
    const { body } = await test.api.call<{ data: DeliverySummary[] }>(
      'GET',
      `/api/deliveries?view=summary&limit=100&eventType=${TYPE}`,
    );
    expect(rows.slice(0, 100)).toEqual(body.data);
  });

  it('as CSV has a line of names, and nothing that a spreadsheet would run', async () => {
    const { headers, text } = await get(`/api/deliveries/export.csv?eventType=${TYPE}&status=failed`);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [names, first, ...others] = text.trimEnd().split('\r\n');
    expect(names).toMatch(/^id,createdAt,status,eventType,/);
    expect(first).toContain(`,failed,${TYPE},`);
    expect(first).toContain(`500,http_status,"'=HYPERLINK(""http://evil.test"",""HTTP 500, later"")",`);
    expect(others).toHaveLength(MANY / 2 - 1.5);
  });

  it('of nothing is empty, and of a wrong filter a problem', async () => {
    expect((await get('/api/deliveries/export.ndjson?eventType=exported.never')).text).toBe('');
    expect((await get('/api/deliveries/export.csv?eventType=exported.never')).text).toMatch(/^id,[^\r]*\r\n$/);
    expect((await get('/api/deliveries/export.csv?status=lost')).status).toBe(400);
    expect((await get('/api/deliveries/export.csv?limit=1')).status).toBe(400);
    expect((await get('/api/deliveries/export.xml')).status).toBe(404);
  });

  it('of events leaves their payloads out', async () => {
    const { text } = await get(`/api/events/export.ndjson?tag=region:eu`);
    expect(JSON.parse(text)).toMatchObject({ eventType: TYPE, tags: { region: 'eu' } });
    expect(text).not.toContain('payload"');
    expect((await get(`/api/events/export.csv?tag=region:eu`)).text).toContain('"{""region"":""eu""}"');
  });

  it('shows a key that is bound to a client what belongs to that client alone', async () => {
    const bound = test.as({ clientId: 'other', scopes: ['deliveries:read'] });
    const { status, text } = await bound.call('GET', '/api/deliveries/export.csv');
    expect([status, text.trimEnd().split('\r\n').length]).toEqual([200, 1]);
    const { text: events } = await test.as({ clientId: 'other' }).call('GET', '/api/events/export.csv');
    expect(events).toContain('exported.other');
    expect(events).not.toContain(TYPE);
    expect((await test.as({ scopes: ['events:read'] }).call('GET', '/api/deliveries/export.csv')).status).toBe(403);
  });

  it('is one of two of a key at once, and ends when its caller goes away', async () => {
    const key = test.anotherKey();
    const open = () =>
      new Promise<http.IncomingMessage>((resolve, reject) => {
        const headers = { 'x-api-key': key };
        http
          .get(`${test.url}/api/deliveries/export.ndjson?webhookId=${webhookId}`, { headers }, resolve)
          .on('error', reject);
      });
    // Nobody reads these: they stand still after what the sockets take.
    await test
      .db('deliveries')
      .where({ eventType: TYPE })
      .update({ errorMessage: 'x'.repeat(8000) });
    const [one, two] = [await open(), await open()];
    expect((await get('/api/deliveries/export.ndjson', key)).status).toBe(503);
    one.destroy();
    await eventually(async () => (await get('/api/deliveries/export.ndjson?status=pending', key)).status === 200);
    two.destroy();
  });
});

describe('a list of deliveries', () => {
  const count = async (filters: string) =>
    (await test.api.call<{ data: DeliverySummary[] }>('GET', `/api/deliveries?limit=100&${filters}`)).body.data;

  it('is of several statuses at once, page after page in the order of all', async () => {
    const seen: DeliverySummary[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const path: string = `/api/deliveries?limit=100&view=summary&status=failed,skipped${cursor && `&cursor=${cursor}`}`;
      const { body }: { body: Page<DeliverySummary> } = await test.api.call('GET', path);
      seen.push(...body.data);
      cursor = body.pagination.nextCursor;
    }
    const ids = seen.map(({ id }) => id);
    expect([ids.length, ids.toSorted().reverse()]).toEqual([MANY - 1, ids]);
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set(['failed', 'skipped']));
    expect((await test.api.call('GET', '/api/deliveries?status=failed,lost')).status).toBe(400);
  });

  it('is of a class of answers, and of a kind of error', async () => {
    for (const filters of ['httpClass=5xx', 'httpClass=5xx&status=failed,pending', 'errorCode=http_status']) {
      const found = await count(filters);
      expect([filters, found.length, new Set(found.map(({ httpStatus }) => httpStatus))]).toEqual([
        filters,
        100,
        new Set([500]),
      ]);
    }
    expect(await count('httpClass=4xx')).toEqual([]);
    expect(await count('httpClass=5xx&status=skipped')).toEqual([]);
    expect(await count('errorCode=timeout')).toEqual([]);
  });

  it('is retried by the same filters', async () => {
    const dryRun = async (filter: object) =>
      (await test.api.call<{ count: number }>('POST', '/api/deliveries/retry', { filter, dryRun: true })).body.count;
    expect(await dryRun({ status: 'failed,skipped' })).toBe(MANY - 1);
    expect(await dryRun({ status: 'failed' })).toBe((MANY - 1) / 2);
    expect(await dryRun({ httpClass: '5xx', errorCode: 'http_status' })).toBe((MANY - 1) / 2);
    expect(await dryRun({ httpClass: '4xx' })).toBe(0);
  });
});
