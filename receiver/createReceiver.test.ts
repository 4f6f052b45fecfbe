import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { createAddressGuard } from '../activities/http/guardAddress.ts';
import { generateSecret } from '../activities/http/secret.ts';
import { createSender, type Sender } from '../activities/http/sender.ts';
import { signatureHeaders } from '../activities/http/sign.ts';
import { createReceiver, type ReceiverOptions } from './createReceiver.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function startSender(): Sender {
  const sender = createSender({ guard: createAddressGuard(['127.0.0.0/8']), userAgent: 'relay-test' });
  closers.push(() => sender.close());
  return sender;
}

async function start(options: ReceiverOptions = {}) {
  const receiver = createReceiver(options);
  closers.push(() => receiver.close());
  const { url } = await receiver.listen();
  const sender = startSender();
  const post = async (path = '', id = 'evt_1', headers: Record<string, string> = {}, timeoutMs = 5000) => {
    const result = await sender.send({
      url: url + path,
      headers: { 'webhook-id': id, ...headers },
      body: '{"a":"ü"}',
      timeoutMs,
    });
    return result.error?.code ?? result.response?.status;
  };
  return { receiver, url, post };
}

describe('a receiver', () => {
  it('keeps what arrives: headers, and the body byte for byte', async () => {
    const { receiver, post } = await start();
    expect(await post('hook?x=1', 'evt_1', { 'X-Tenant': 'a' })).toBe(200);
    expect(receiver.received).toEqual([
      {
        at: expect.any(Date) as Date,
        path: '/hook?x=1',
        headers: expect.objectContaining({ 'webhook-id': 'evt_1', 'x-tenant': 'a' }) as object,
        body: '{"a":"ü"}',
        attempt: 1,
        verified: null,
        seal: null,
      },
    ]);
  });

  it('answers GET with the counts', async () => {
    const { url, post } = await start({ fail: 1 });
    for (const id of ['evt_1', 'evt_1', 'evt_1', 'evt_2']) await post('', id);
    const counts: unknown = await (await fetch(url)).json();
    expect(counts).toEqual({ received: 4, unique: 1, duplicates: 1, verified: 0, failed: 2 });
  });

  it('knows right signatures from wrong ones, and answers those with 401', async () => {
    const secret = generateSecret();
    const { receiver, post } = await start({ secret });
    const sign = (key: string) =>
      signatureHeaders({ id: 'evt_1', timestamp: new Date(), body: '{"a":"ü"}', secrets: [key] });
    expect(await post('', 'evt_1', sign(generateSecret()))).toBe(401);
    expect(await post('', 'evt_1', sign(secret))).toBe(200);
    expect(await post()).toBe(401);
    expect(receiver.received.map(({ verified }) => verified)).toEqual([false, true, false]);
    expect(receiver.counts().verified).toBe(1);
  });

  it('fails the first attempts of each webhook', async () => {
    const { receiver, post } = await start({ fail: 2, status: 503 });
    const first = [await post(), await post(), await post()];
    expect([...first, await post('', 'evt_2')]).toEqual([503, 503, 200, 503]);
    expect(receiver.received.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 1]);
  });

  it('counts the attempts of each path apart, for one event goes to several webhooks', async () => {
    const { post } = await start();
    expect([await post('fail/1/a'), await post('fail/1/b'), await post('fail/1/a')]).toEqual([500, 500, 200]);
  });

  it.each([
    ['status/404', 404],
    ['fail/1/status/429', 429],
    ['rate/1', 500],
    ['hangup', 'reset'],
    ['stall/60000', 'timeout'],
    ['drip/5', 'timeout'],
    ['status/none', 400],
  ])('does what the path asks: %s', async (path, expected) => {
    const { post, receiver } = await start();
    expect(await post(path, 'evt_1', {}, 100)).toBe(expected);
    expect(receiver.counts().unique).toBe(0);
  });

  it('fails about the share it is told to', async () => {
    const { post } = await start({ rate: 0.5, forget: true });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => post('', `evt_${i}`)));
    const failed = answers.filter((answer) => answer === 500).length;
    expect(failed).toBeGreaterThan(50);
    expect(failed).toBeLessThan(150);
  });

  it('leaves the answer to a function', async () => {
    const { post } = await start({ respond: ({ attempt }) => Promise.resolve({ status: attempt === 1 ? 418 : 202 }) });
    expect([await post(), await post()]).toEqual([418, 202]);
  });

  it('hangs up when that function throws', async () => {
    const { post } = await start({ respond: () => Promise.reject(new Error('no idea')) });
    expect(await post()).toBe('reset');
  });

  it('tells of each request and how it is answered', async () => {
    const told: unknown[] = [];
    const { post } = await start({ status: 503, onRequest: ({ path }, reaction) => told.push([path, reaction]) });
    await post('hook');
    expect(told).toEqual([['/hook', { status: 503 }]]);
  });

  it('keeps no requests when it is told to forget', async () => {
    const { receiver, post } = await start({ forget: true });
    await post();
    expect(receiver.received).toEqual([]);
    expect(receiver.counts().received).toBe(1);
  });

  it('has not taken what its sender gave up waiting for', async () => {
    const { receiver, post } = await start({ respond: ({ attempt }) => ({ stallMs: attempt === 1 ? 800 : 0 }) });
    expect(await post('', 'evt_1', {}, 400)).toBe('timeout');
    await expect.poll(() => receiver.counts().failed, { timeout: 5000 }).toBe(1);
    expect(await post()).toBe(200);
    expect(receiver.counts()).toMatchObject({ unique: 1, duplicates: 0 });
  });

  it('closes while requests are waiting', async () => {
    const { receiver, post } = await start({ stallMs: 60_000 });
    const answer = post();
    await expect.poll(() => receiver.received.length).toBe(1);
    await receiver.close();
    expect(await answer).toBe('reset');
  });

  it('says so when its port is taken', async () => {
    const { url } = await start();
    await expect(createReceiver({ port: Number(new URL(url).port) }).listen()).rejects.toThrow('EADDRINUSE');
  });
});

describe('npm run receiver', () => {
  const run = (...args: string[]) => {
    const script = fileURLToPath(new URL('./main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const errors: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    closers.push(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    return { child, ended, errors, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  };

  it('prints what arrives, and the counts when it is stopped', { timeout: 30_000 }, async () => {
    const { child, lines, ended } = run('--port', '0', '--fail', '1');
    const next = async () => String((await lines.next()).value);
    const url = /http:\S+/.exec(await next())?.[0] ?? '';
    const sender = startSender();
    await sender.send({ url, headers: { 'webhook-id': 'evt_1' }, body: '{"type":"job.done"}', timeoutMs: 5000 });
    expect(await next()).toMatch(/job\.done {2}evt_1 {2}attempt 1 {2}unverified {2}→ 500$/);
    expect(await next()).toBe('  {"type":"job.done"}');
    child.kill('SIGINT');
    expect(await next()).toBe('{"received":1,"unique":0,"duplicates":0,"verified":0,"failed":1}');
    expect(await ended).toBe(0);
  });

  it('refuses a bad option with a hint', { timeout: 30_000 }, async () => {
    const { ended, errors } = run('--rate', '10');
    expect(await ended).toBe(2);
    expect(errors.join('')).toBe('--rate wants a share between 0 and 1\nSee npm run receiver -- --help\n');
  });
});
