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

interface Walk {
  relay: TestRelay;
  /** What the receivers printed. */
  printed: string[];
  /** What the API answered. */
  answers: string[];
  /** What the command line said. */
  said: string[];
}

/** Follows pages as a reader would: their commands in order, each after what the one before began has come to an end. */
async function follow(...files: string[]): Promise<Walk> {
  const relay = await startTestRelay({ NODE_ENV: 'development' });
  const env = { RELAY_URL: relay.url, TEMPORAL_ADDRESS: inject('temporalAddress') };
  const walk: Walk = { relay, printed: [], answers: [], said: [] };
  const { printed, answers, said } = walk;
  const blocks = (await Promise.all(files.map(shellBlocks))).flat();
  let [receiver, running] = ['http://127.0.0.1:9000', ''];
  const asHere = (command: string) =>
    command.replaceAll('http://localhost:5000', relay.url).replaceAll('http://127.0.0.1:9000', receiver);
  for (const block of blocks) {
    if (BEGINNINGS.test(block) || (TEMPORAL.test(block) && !temporalCli)) continue;
    if (RECEIVER.test(block)) {
      // The pages share one.
      if (running) expect(block).toBe(running);
      else receiver = await startReceiver(block, printed);
      running = block;
      continue;
    }
    await settled(relay);
    const { stdout } = await execa('bash', ['-euo', 'pipefail', '-c', asHere(block)], { env });
    if (block.startsWith('npx relay')) said.push(stdout);
    if (block.includes('/api/')) answers.push(...stdout.split(/(?<=\})(?=\{)|\n/).filter(Boolean));
  }
  await settled(relay);
  return walk;
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

test(
  `README.md and then docs/QUICKSTART.md lead to verified deliveries, a retry, and one by hand${withTemporalCli}`,
  SLOW,
  async () => {
    const { relay, printed, answers, said } = await follow('README.md', 'docs/QUICKSTART.md');
    expect(answers.length).toBeGreaterThan(10);
    expect(refusals(answers)).toEqual([]);
    expect(printed.filter((line) => /\/ {2}job\.created .*✓ verified/.test(line))).toHaveLength(1);
    expect(printed.filter((line) => /\/orders {2}order\.paid .*✓ verified/.test(line))).toHaveLength(1);
    expect(printed.join('\n')).not.toMatch(/✗|unverified/);
    expect(said.join('\n')).toMatch(/\b1 deliver(y matches|ies match)\b/);
    const deliveries = async (eventType: string) =>
      (await relay.api.listDeliveries(`?eventType=${eventType}`)).body.data.map(({ status, retryCount }) => ({
        status,
        retryCount,
      }));
    expect(await deliveries('flaky.happened')).toEqual([{ status: 'delivered', retryCount: 2 }]);
    const second = temporalCli ? { status: 'delivered', retryCount: 1 } : { status: 'failed', retryCount: 0 };
    await eventually(async () => (await deliveries('once.happened'))[0]?.status === second.status);
    expect(await deliveries('once.happened')).toEqual([second, { status: 'delivered', retryCount: 1 }]);
  },
);

test('the commands of docs/API.md are taken by a relay, and what they post is known', SLOW, async () => {
  const { relay, answers } = await follow('docs/API.md');
  expect(answers.length).toBeGreaterThan(0);
  expect(refusals(answers)).toEqual([]);
  const { body } = await relay.api.call<Page<EventWithDeliveries>>('GET', '/api/events');
  expect(body.data.map(({ eventType }) => eventType)).toEqual(['job.created']);
});

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
