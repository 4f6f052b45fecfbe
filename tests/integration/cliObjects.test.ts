import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Delivery } from '../../contract/deliveries.ts';
import type { Event } from '../../contract/events.ts';
import type { Webhook, WebhookWithSecret } from '../../contract/webhooks.ts';
import { readSeal } from '../../receiver/verifySignature.ts';
import { relayCommand, startRelayCommand } from '../support/commandLine.ts';
import { eventually } from '../support/eventually.ts';
import { findProgram } from '../support/programs.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

/** Several commands one after the other, each a process that is compiled as it starts. */
const SLOW = { timeout: 120_000 };

let relay: TestRelay;
let directory: string;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  relay = await startTestRelay();
  directory = await mkdtemp(join(tmpdir(), 'relay-cli-'));
});
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await rm(directory, { recursive: true });
});

const run = (...args: string[]) => relayCommand(args, { RELAY_URL: relay.url });
const json = async <T>(...args: string[]) => JSON.parse((await run(...args, '--json')).stdout) as T;

test('a webhook is made, listed, shown, changed, rotated, tried and deleted', SLOW, async () => {
  const { receiver, url } = await receive();
  const target = ['webhooks', 'create', url, '--event-type', 'shell.*', '--event-type', 'x', '--client', 'shell'];
  const made = await run(...target, '--set', 'rateLimit={"perSecond":50}', '--set', 'externalId=mine', '--json');
  expect(made.stderr).toBe('');
  const webhook = JSON.parse(made.stdout) as WebhookWithSecret;
  expect(webhook).toMatchObject({ eventTypes: ['shell.*', 'x'], rateLimit: { perSecond: 50 }, clientId: 'shell' });
  const listed = await json<Webhook[]>('webhooks', 'list', '--client', 'shell', '--filter', 'externalId=mine');
  expect(listed.map(({ id }) => id)).toEqual([webhook.id]);
  expect((await run('webhooks', 'show', webhook.id)).stdout).toMatch(/^externalId {2,}mine$/m);
  const updated = await run('webhooks', 'update', webhook.id, '--set', 'timeoutMs=2000');
  expect(updated.stderr).toBe(`At ${relay.url}, with the development key:`);
  expect(await json('webhooks', 'show', webhook.id)).toMatchObject({ timeoutMs: 2000, stats: { total: 0 } });
  const rotated = await run('webhooks', 'rotate', webhook.id, '--overlap', '0');
  const [, secret = ''] = rotated.stdout.split('\n');
  expect(secret).not.toBe(webhook.secret);
  expect(await run('webhooks', 'try', webhook.id, '--data', '{"a":1}')).toMatchObject({ exitCode: 0 });
  const [{ headers, body, at }] = receiver.received as [(typeof receiver.received)[number]];
  expect(readSeal(secret, headers, body, at)).toBe('right');
  const trial = await run('webhooks', 'trial', webhook.id);
  expect(trial).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('error:') as string });
  expect((await run('webhooks', 'delete', webhook.id)).stdout).toBe(`${webhook.id}\tdeleted`);
  expect((await run('webhooks', 'show', webhook.id)).exitCode).toBe(1);
});

test(
  'an event of an event type is triggered by its example; what became of it is said in words, and it is replayed',
  SLOW,
  async () => {
    let isUp = false;
    const { url } = await receive({ respond: () => ({ status: isUp ? 200 : 503, body: 'closed' }) });
    const schema = {
      type: 'object',
      required: ['jobId'],
      properties: { jobId: { type: 'string', examples: ['j-1'] } },
    };
    await relay.api.call('POST', '/api/event-types', { name: 'words.said', schema });
    const webhook = await relay.api.createWebhook({
      url,
      eventTypes: ['words.*'],
      retryPolicy: { maximumAttempts: 1 },
    });
    const event = await json<Event>('trigger', 'words.said');
    expect(event).toMatchObject({ payload: { jobId: 'j-1' }, deliveryCount: 1 });
    const failed = await eventually(async () => {
      const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
      return delivery?.status === 'failed' && delivery;
    });
    const shown = (await run('deliveries', 'show', failed.id)).stdout;
    expect(shown).toMatch(/^Failed after one attempt; the last: the receiver answered 503 after \d+ ms/);
    expect(shown).toContain(`relay retry ${failed.id}`);
    expect(shown).toContain('closed');
    const listed = await json<Delivery[]>('deliveries', 'list', '--event-type', 'words.said', '--from', '1h');
    expect(listed.map(({ id }) => id)).toEqual([failed.id]);
    const found = await run('search', 'j-1');
    const [first = ''] = found.stdout.split('\n');
    expect(first.split('\t')).toEqual(
      expect.arrayContaining(['delivery', failed.id, 'words.said', 'payload {"jobId":"j-1"}']),
    );
    isUp = true;
    const recovered = await run('webhooks', 'recover', webhook.id, '--since', '1h');
    expect(recovered).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^total {2,}1$/m) as string });
    await eventually(async () => (await relay.api.getEvent(event.id)).body.status === 'delivered');
    expect((await run('deliveries', 'show', failed.id)).stdout).toMatch(
      /^Delivered by attempt 2: the receiver answered 200/,
    );
    expect((await run('events', 'replay', event.id)).stdout).toMatch(/deliveries: 2$/);
    expect((await run('events', 'show', event.id)).stdout).toMatch(new RegExp(`^id {2,}${event.id}$`, 'm'));
    const nobody = await run('trigger', 'nobody.wants');
    expect(nobody.stderr).toMatch(/its payload is empty.*\nNo webhook of that client wants nobody\.wants/);
  },
);

test(
  'listen --forward-to subscribes, hands on byte for byte what arrives, and takes its webhook away again',
  SLOW,
  async () => {
    const arrived: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
    const target = createServer((request, response) => {
      void buffer(request).then((body) => {
        arrived.push({ headers: request.headers, body: body.toString() });
        response.writeHead(arrived.length === 1 ? 503 : 200, { 'retry-after': '0' }).end('from the target');
      });
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => target.close(resolve)));
    const { port } = target.address() as AddressInfo;
    const listening = startRelayCommand(
      ['listen', '--forward-to', `http://127.0.0.1:${port}/hook`, '--event-type', 'handed.on', '--client', 'dev'],
      { RELAY_URL: relay.url },
    );
    const secret = (await listening.line(/^Secret whsec_/)).replace('Secret ', '');
    await listening.line(/Ctrl-C stops/);
    const body = { eventType: 'handed.on', clientId: 'dev', payload: { text: 'Grüße 👋', n: 1.5 } };
    const { body: event } = await relay.api.postEvent(body);
    await listening.line(/handed\.on {2}\S+ {2}→ 503/);
    await listening.line(/handed\.on {2}\S+ {2}→ 200/);
    const [first, second] = arrived as [(typeof arrived)[number], (typeof arrived)[number]];
    expect(readSeal(secret, second.headers, second.body, new Date())).toBe('right');
    expect([first.headers['webhook-id'], first.body]).toEqual([event.id, second.body]);
    expect(second.headers['user-agent']).toMatch(/^Relay/i);
    const { body: delivered } = await eventually(async () => {
      const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
      return delivery?.status === 'delivered' && relay.api.call<Delivery>('GET', `/api/deliveries/${delivery.id}`);
    });
    expect(delivered.responseBody).toBe('from the target');
    expect(await listening.stop()).toBe(0);
    expect(await json('webhooks', 'list', '--client', 'dev')).toEqual([]);
  },
);

test(
  'a file is applied, applied again without a change, and pruned; what Relay has is exported as such a file',
  SLOW,
  async () => {
    const file = join(directory, 'relay.yaml');
    const write = (text: string) => writeFile(file, text);
    const webhook = (name: string, more = '') => `
  - externalId: ${name}
    clientId: files
    name: ${name}
    url: https://example.com/${name}
    eventTypes: [file.*]${more}`;
    await write(`webhooks:${webhook('one', '\n    headers: { authorization: "Bearer ${HOME}" }')}${webhook('two')}
eventTypes:
  - name: file.written
    description: A file was written
keys:
  - { name: From a file, scopes: [events:write], clientId: files }
`);
    const planned = await run('apply', file, '--dry-run');
    expect(planned.stdout.split('\n').map((line) => line.slice(0, 9).trim())).toEqual(Array(4).fill('+ create'));
    expect(await json('webhooks', 'list', '--client', 'files')).toEqual([]);
    const applied = await run('apply', file);
    expect(applied.stdout.match(/secret whsec_\S+, shown this once/g)).toHaveLength(2);
    expect(applied.stdout).toMatch(/key rk_\S+, shown this once/);
    const again = await json<{ does: string; name: string; detail: string }[]>('apply', file);
    expect(again.map(({ does, detail }) => [does, detail])).toEqual([
      ...[
        ['keep', ''],
        ['change', 'headers'],
        ['keep', ''],
        ['keep', ''],
      ],
    ]);
    const exported = parse((await run('export', '--client', 'files')).stdout) as {
      webhooks: Webhook[];
      keys: object[];
    };
    expect(exported.webhooks).toEqual([
      expect.objectContaining({ externalId: 'two', url: 'https://example.com/two' }),
      expect.objectContaining({ externalId: 'one', headers: { authorization: '********' } }),
    ]);
    expect(exported.keys).toContainEqual({ name: 'From a file', scopes: ['events:write'], clientId: 'files' });

    await write(`webhooks:${webhook('one', '\n    timeoutMs: 3000')}\n`);
    const refused = await run('apply', file, '--prune');
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Nothing was done') as string });
    const unnamed = await relayCommand(['apply', file, '--prune', '--yes'], { PORT: new URL(relay.url).port });
    expect(unnamed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`--url ${relay.url}`) as string });
    const pruned = await json<{ does: string; name: string }[]>('apply', file, '--prune', '--yes');
    expect(pruned.filter(({ name }) => name.startsWith('files/')).map(({ does, name }) => `${does} ${name}`)).toEqual([
      ...['change files/one', 'delete files/two'],
    ]);
    for (const text of ['webhooks: [{ name: x }]', 'hooks: []', 'keys: [{ name: "${NOT_SET_ANYWHERE}" }]']) {
      await write(text);
      expect(await run('apply', file)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('cannot be applied') as string,
      });
    }
  },
);

const script = findProgram('script');
test.skipIf(!script)(
  'on a terminal, r sends what arrived last once more (skipped without script(1))',
  SLOW,
  async () => {
    const ids: unknown[] = [];
    const target = createServer((request, response) => {
      ids.push(request.headers['webhook-id']);
      request.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => target.close(resolve)));
    const { port } = target.address() as AddressInfo;
    const command = `${process.execPath} bin/relay.js listen --forward-to http://127.0.0.1:${port}/ --event-type 'again.*'`;
    const { PATH, HOME } = process.env;
    const child = spawn(script ?? '', ['-qefc', command, '/dev/null'], { env: { PATH, HOME, RELAY_URL: relay.url } });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await eventually(() => printed.includes('r sends the last one again'));
    const { body: event } = await relay.api.postEvent({ eventType: 'again.sent', payload: {} });
    await eventually(() => ids.length === 1 && /again\.sent .*200/.test(printed));
    child.stdin.write('r');
    await eventually(() => printed.includes('(again)'));
    expect(ids).toEqual([event.id, event.id]);
    child.stdin.write('\x03');
    expect(await ended).toBe(0);
    const { body } = await relay.api.call<{ data: Webhook[] }>('GET', '/api/webhooks?eventType=again.sent');
    expect(body.data).toEqual([]);
  },
);

test('a bulk retry that asks nobody wants to be told which Relay', SLOW, async () => {
  const { exitCode, stderr } = await relayCommand(['retry', '--status', 'failed', '--yes'], {
    PORT: new URL(relay.url).port,
  });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('RELAY_URL') as string });
});

test('commands and options are completed by the shell', SLOW, async () => {
  const { stdout } = await run('completion', 'bash');
  const script = `${stdout}\nCOMP_WORDS=(relay webhooks cr); COMP_CWORD=2; _relay; echo "\${COMPREPLY[@]}"`;
  const { execa } = await import('execa');
  expect((await execa('bash', ['-c', script])).stdout).toBe('create');
});
