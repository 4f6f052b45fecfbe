import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, describe, expect, inject, test } from 'vitest';
import type { EventWithDeliveries } from '../../contract/events.ts';
import type { Page } from '../../contract/primitives.ts';
import { eventually } from '../support/eventually.ts';
import { shellBlocks } from '../support/markdown.ts';
import { findProgram } from '../support/programs.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

/** A page is followed as slowly as its retries and the start of each command take. */
const SLOW = { timeout: 180_000 };
/** What brings up everything, or runs the tests; both have tests of their own. */
const BEGINNINGS = /^npm ci/;
const RECEIVER = /^npm run receiver/;
const TEMPORAL = /^temporal /;
const temporalCli = findProgram('temporal');
const withTemporalCli = temporalCli ? '' : ' (without those of Temporal’s command line, which is not installed)';

/** Process groups of the receivers: npm, its shell, and Node. */
const groups: number[] = [];
afterAll(() => groups.forEach((group) => process.kill(-group, 'SIGTERM')));

/** Follows a page as a reader would: its commands in order, each after what the one before began has come to an end. */
async function follow(file: string): Promise<{ relay: TestRelay; printed: string[]; answers: string[] }> {
  const relay = await startTestRelay({ NODE_ENV: 'development' });
  const env = { RELAY_URL: relay.url, TEMPORAL_ADDRESS: inject('temporalAddress') };
  const printed: string[] = [];
  const answers: string[] = [];
  let receiver = 'http://127.0.0.1:9000';
  const asHere = (command: string) =>
    command.replaceAll('http://localhost:5000', relay.url).replaceAll('http://127.0.0.1:9000', receiver);
  for (const block of await shellBlocks(file)) {
    if (BEGINNINGS.test(block) || (TEMPORAL.test(block) && !temporalCli)) continue;
    if (RECEIVER.test(block)) {
      receiver = await startReceiver(block, printed);
      continue;
    }
    await settled(relay);
    const { stdout } = await execa('bash', ['-euo', 'pipefail', '-c', asHere(block)], { env });
    if (block.includes('/api/')) answers.push(...stdout.split(/(?<=\})(?=\{)|\n/).filter(Boolean));
  }
  await settled(relay);
  return { relay, printed, answers };
}

async function startReceiver(command: string, printed: string[]): Promise<string> {
  const line = `exec ${command}${command.includes(' -- ') ? '' : ' --'} --port 0`;
  const child = execa('bash', ['-c', line], { detached: true, reject: false, buffer: false });
  if (child.pid) groups.push(child.pid);
  createInterface(child.stdout).on('line', (one) => printed.push(one));
  return eventually(() => /^Receiving on (\S+)\/ /m.exec(printed.join('\n'))?.[1]);
}

function settled({ api }: TestRelay): Promise<boolean> {
  return eventually(async () => {
    const { body } = await api.listDeliveries('?limit=100');
    return body.data.every(({ status }) => status !== 'pending' && status !== 'retrying');
  });
}

/** The answers that are errors. */
function refusals(answers: string[]): object[] {
  return answers.map((text) => JSON.parse(text) as object).filter((answer) => 'code' in answer);
}

test(`docs/QUICKSTART.md leads to a verified delivery, a retry, and one by hand${withTemporalCli}`, SLOW, async () => {
  const { relay, printed, answers } = await follow('docs/QUICKSTART.md');
  expect(answers.length).toBeGreaterThan(7);
  expect(refusals(answers)).toEqual([]);
  expect(printed.filter((line) => /\/ {2}job\.created .*✓ verified/.test(line))).toHaveLength(1);
  const deliveries = async (eventType: string) =>
    (await relay.api.listDeliveries(`?eventType=${eventType}`)).body.data.map(({ status, retryCount }) => ({
      status,
      retryCount,
    }));
  expect(await deliveries('flaky.happened')).toEqual([{ status: 'delivered', retryCount: 2 }]);
  const second = temporalCli ? { status: 'delivered', retryCount: 1 } : { status: 'failed', retryCount: 0 };
  await eventually(async () => (await deliveries('once.happened'))[0]?.status === second.status);
  expect(await deliveries('once.happened')).toEqual([second, { status: 'delivered', retryCount: 1 }]);
});

test.each(['README.md', 'docs/API.md'])(
  'the commands of %s are taken by a relay, and what they post is known',
  SLOW,
  async (file) => {
    const { relay, answers } = await follow(file);
    expect(answers.length).toBeGreaterThan(0);
    expect(refusals(answers)).toEqual([]);
    const { body } = await relay.api.call<Page<EventWithDeliveries>>('GET', '/api/events');
    expect(body.data.map(({ eventType }) => eventType)).toEqual(['job.created']);
  },
);

describe.skipIf(!temporalCli)('docs/OPERATIONS.md (skipped where Temporal’s command line is not installed)', () => {
  test('each of its commands for Temporal works', SLOW, async () => {
    const relay = await startTestRelay();
    const retryPolicy = { maximumAttempts: 1 };
    const url = 'http://127.0.0.1:1/';
    const webhook = await relay.api.createWebhook({ url, clientId: 'acme', eventTypes: ['*'], retryPolicy });
    await relay.api.postEvent({ eventType: 'a.b', payload: {}, clientId: 'acme', idempotencyKey: 'order-4711' });
    await settled(relay);
    const blocks = (await shellBlocks('docs/OPERATIONS.md')).filter((block) => TEMPORAL.test(block));
    expect(blocks.length).toBeGreaterThan(0);
    const env = { TEMPORAL_ADDRESS: inject('temporalAddress') };
    for (const line of blocks.join('\n').split('\n')) {
      const here = line.replaceAll('<webhook>', webhook.id).replace('<queue>', relay.env['TEMPORAL_TASK_QUEUE'] ?? '');
      await execa('bash', ['-c', here], { env });
    }
  });
});
