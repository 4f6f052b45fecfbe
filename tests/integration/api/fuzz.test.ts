import { Agent } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSender } from '../../../activities/http/sender.ts';
import { checkAnswer, document } from '../../support/conformance.ts';
import { hostileRequest, type HostileRequest, type Target } from '../../support/fuzz/hostileRequest.ts';
import { hostileRequestLine, sendLine } from '../../support/fuzz/hostileTarget.ts';
import { sendHostile } from '../../support/fuzz/sendHostile.ts';
import { startTestApi, type TestApi } from './support.ts';

/** Requests for each operation. Each run has a seed of its own; it is printed, and makes a failure come again. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
process.stdout.write(`FUZZ_SEED=${SEED}\n`);

/** What an error must not tell (docs/CONTRACT.md §2): SQL, stacks, files, hosts. */
const LEAKS =
  /\b(?:select|insert into|update|delete from|where) .*"|relation "|\bat \S+ \(|\.[jt]s:\d|node_modules|postgres|ECONN|ENOTFOUND|127\.0\.0\.1|TypeError|knex|\bpg\b/i;

/** Those that delete come last, so that the others have something to work on. */
const operations = Object.entries(document.paths)
  .flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: operation.operationId, method, path, operation })),
  )
  .sort((a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'))
  .map((operation, index) => ({ ...operation, seed: SEED + index }));

let test: TestApi;
const target: Target = { document, key: 'admin-key', ids: [] };
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

// Nothing is sent anywhere: wherever a webhook is changed to point to, its attempts end at once.
const refuse = () => ({ allowed: false as const, reason: 'This is a test.' });
const sender = createSender({ guard: { check: refuse, checkUrl: refuse }, userAgent: 'fuzz' });

beforeAll(async () => {
  test = await startTestApi({ sender });
  const webhook = await test.api.createWebhook({ url: 'https://example.com/' });
  const { body: event } = await test.api.postEvent({ eventType: 'a.b', payload: {} });
  const [delivery] = (await test.api.getEvent(event.id)).body.deliveries;
  target.ids.push(webhook.id, event.id, delivery?.id ?? '', '0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10');
});
afterAll(async () => {
  agent.destroy();
  await sender.close();
});

/** An answer without the request's id, which the caller may choose: `PG` would be taken for a leak. */
const withoutRequestId = (text: string) => text.replace(/"requestId":"[^"]*"/, '');

/** @throws Error when a hostile request gets another answer than the description has, a 5xx, or a leak. */
async function judge(request: HostileRequest): Promise<void> {
  const { status, headers, text } = await sendHostile(test.url, agent, request);
  if (status >= 500) throw new Error(`A ${status}: ${text}`);
  checkAnswer({ method: request.method, path: request.path, status, headers, text });
  if (status >= 400) expect(withoutRequestId(text)).not.toMatch(LEAKS);
}

describe('whatever is sent, the answer is as described: never a 5xx, and errors are problems that leak nothing', () => {
  it.each(operations)('$name', { timeout: 30_000 + RUNS * 200 }, async ({ seed, ...operation }) => {
    await fc.assert(fc.asyncProperty(hostileRequest(target, operation), judge), { seed, numRuns: RUNS });
  });

  it('a request line that no client would send', { timeout: 30_000 + RUNS * 200 }, async () => {
    const property = fc.asyncProperty(hostileRequestLine, async (line) => {
      const text = await sendLine(test.url, line);
      expect(text).not.toMatch(/^HTTP\/1\.1 5/);
      if (/^HTTP\/1\.1 4/.test(text)) expect(withoutRequestId(text)).not.toMatch(LEAKS);
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
  });

  it('and the API works as before', async () => {
    expect((await test.api.call('GET', '/readyz')).status).toBe(200);
    expect((await test.api.postEvent({ eventType: 'a.b', payload: { after: 'all of it' } })).status).toBe(202);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });
});
