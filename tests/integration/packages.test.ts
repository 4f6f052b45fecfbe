import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Event } from '../../contract/events.ts';
import { VERSION } from '../../ops/version.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const SLOW = 120_000;
const NAMES = ['client', 'cli'];
const TSC = join(process.cwd(), 'node_modules/.bin/tsc');
const TYPES = join(process.cwd(), 'node_modules/@types');

let relay: TestRelay;
let project: string;
/** The files in each package. */
const packed: Record<string, string[]> = {};
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'relay-packages-'));
  await Promise.all([startTestRelay().then((started) => (relay = started)), pack()]);
}, SLOW);
afterAll(() => rm(project, { recursive: true }));

/** Builds the packages, and installs them as they would be published, and nothing else, into an empty project. */
async function pack(): Promise<void> {
  await execa('npm', ['run', 'build:packages']);
  const tarballs: string[] = [];
  for (const name of NAMES) {
    const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', project, `./packages/${name}`]);
    const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    tarballs.push(`./${basename(filename)}`);
    packed[name] = files.map(({ path }) => path);
  }
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true }');
  await execa('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: project });
}

const inProject = (file: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
  execa(file, args, { cwd: project, env: { ...env, RELAY: relay.url } });

test('they hold what is needed and nothing else, have the version of Relay, and depend on nothing', async () => {
  const described = ['LICENSE', 'README.md', 'package.json'];
  const entries = ['index', 'receive'].flatMap((name) =>
    ['cjs', 'd.cts', 'd.ts', 'js'].map((end) => `dist/${name}.${end}`),
  );
  expect(packed['client']?.filter((file) => !file.startsWith('dist/')).sort()).toEqual(described);
  expect(packed['client']).toEqual(expect.arrayContaining(entries));
  expect(packed['cli']?.filter((file) => !/^dist\/(relay\.js$|assets\/)/.test(file)).sort()).toEqual(described);
  for (const name of NAMES) {
    const { version, dependencies } = JSON.parse(await readFile(`packages/${name}/package.json`, 'utf8')) as {
      version: string;
      dependencies?: object;
    };
    expect({ version, dependencies }).toEqual({ version: VERSION, dependencies: undefined });
  }
});

const USE = `
const relay = createRelayClient({ baseUrl: process.env.RELAY ?? '', apiKey: 'test-api-key-12345' });
async function use() {
  const event = await relay.createEvent({ eventType: 'packed.used', payload: { a: 1 } });
  for await (const one of everyRow(relay.listEvents, { eventType: 'packed.used' })) console.log(one.id === event.id, typeof one.idempotencyKey);
  await relay.getWebhook('nonsense').catch((error) => console.log(error instanceof RelayProblem, error.code));
  console.log(verify('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {}, ''));
}
void use();
`;

test.each([
  [
    'ESM',
    'use.mts',
    `import { createRelayClient, everyRow, RelayProblem } from '@relay-hooks/client';
import { verify } from '@relay-hooks/client/receive';`,
  ],
  [
    'CommonJS',
    'use.cts',
    `import client = require('@relay-hooks/client');
import receive = require('@relay-hooks/client/receive');
const { createRelayClient, everyRow, RelayProblem } = client;
const { verify } = receive;`,
  ],
])('the client is used from %s, with its types', { timeout: SLOW }, async (kind, file, head) => {
  const directory = join(project, kind);
  await mkdir(directory);
  await writeFile(
    join(directory, file),
    `${head}\nimport type { Webhook } from '@relay-hooks/client';\nexport const ids = (webhooks: Webhook[]): string[] => webhooks.map(({ id }) => id);\n// @ts-expect-error There is no such member.\nexport const no = (webhook: Webhook): unknown => webhook.nothing;\n${USE}`,
  );
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', '--typeRoots', TYPES];
  await inProject(TSC, [...options, join(directory, file)]);
  const { stdout } = await inProject('node', [join(directory, file.replace('ts', 'js'))]);
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('true string');
  expect(lines.slice(-2)).toEqual(['true not_found', 'false']);
});

test('the command line needs no checkout', { timeout: SLOW }, async () => {
  const { url, receiver } = await receive();
  await relay.api.createWebhook({ url, eventTypes: ['packed.sent'] });
  const run = (...args: string[]) =>
    inProject(join(project, 'node_modules/.bin/relay'), args, { RELAY_URL: relay.url });
  expect((await run('--version')).stdout).toBe(VERSION);
  const event = JSON.parse((await run('send', 'packed.sent', '--data', '{"n":1.50}', '--json')).stdout) as Event;
  await expect.poll(() => receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([event.id]);
  expect(receiver.received[0]?.body).toContain('"data":{"n":1.50}');
  await writeFile(join(project, 'relay.yaml'), 'eventTypes: [{ name: packed.applied }]');
  expect((await run('apply', 'relay.yaml')).stdout).toMatch(/^\+ create +event type packed\.applied/);
  const { stdout } = await run('--help');
  expect(stdout).not.toMatch(/^ {2}(start|migrate|doctor)\b/m);
});
