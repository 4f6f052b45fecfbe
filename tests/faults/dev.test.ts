import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createHome, serversOf, startRelayAt, type Home, type StartedRelay } from '../support/startedRelay.ts';

const run = promisify(execFile);

let clone: string;
let home: Home;
let relay: StartedRelay;
let vite: string;
beforeAll(async () => {
  // What a clone of this state has, and with it nothing that was built.
  clone = await mkdtemp(join(tmpdir(), 'relay-dev-'));
  const copy = `git ls-files -co --exclude-standard | tar -c --ignore-failed-read -T - | tar -x -C "$0"`;
  await run('bash', ['-c', copy, clone]);
  await symlink(join(process.cwd(), 'node_modules'), join(clone, 'node_modules'));
  home = await createHome();
  relay = await startRelayAt(home, ['bash', '-c', `cd ${clone} && exec node --import tsx scripts/dev.ts`]);
  vite = /http:\S+/.exec(await relay.line(/Local/))?.[0] ?? '';
}, 180_000);
afterAll(async () => {
  relay.child.kill('SIGTERM');
  await relay.ended;
  await home.remove();
  await rm(clone, { recursive: true });
});

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(clone, file), 'utf8');
  expect(text).toContain(from);
  await writeFile(join(clone, file), text.replace(from, to));
}

test('npm run dev of a clone obeys PORT, Vite asks the API that it started, and its code may change', async () => {
  const before = await serversOf(home);
  const healthz = async () => (await fetch(`${relay.url}/healthz`)).json();
  expect(await healthz()).toMatchObject({ status: 'ok' });
  expect(await (await fetch(new URL('/healthz', vite))).json()).toMatchObject({ status: 'ok' });

  await edit('api/health/routes.ts', "status: 'ok'", "status: 'changed'");
  await eventually(async () => JSON.stringify(await healthz().catch(() => '')).includes('changed'));
  await relay.line(/The api is new after/);

  const app = async () => (await fetch(new URL('/src/App.vue', vite))).text();
  expect(await app()).not.toContain('added-by-hand');
  await edit('web/src/App.vue', '<template>', '<template><!-- added-by-hand --><i data-is="added-by-hand" />');
  await eventually(async () => (await app()).includes('added-by-hand'));

  expect(relay.lines.filter((line) => /is new after/.test(line))).toHaveLength(1);
  expect(await serversOf(home)).toEqual(before);
});

test('and an event is delivered by a worker of its own, also after the worker has changed', async () => {
  const status = async () => {
    const { body: event } = await relay.api.postEvent({ eventType: 'dev.try', payload: {} });
    return eventually(async () => {
      const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
      return delivery && delivery.status !== 'pending' && delivery.status;
    }, 60_000);
  };
  // On a busy machine a restart by the test before may still be under way.
  await eventually(async () => (await fetch(`${relay.url}/healthz`).catch(() => null))?.ok, 60_000);
  await relay.api.createWebhook({
    url: `${relay.url}/healthz`,
    eventTypes: ['dev.*'],
    retryPolicy: { maximumAttempts: 1 },
  });
  expect(await status()).toBe('failed');
  await edit('workflows/index.ts', 'export', '// Touched.\nexport');
  await relay.line(/The worker is new after/);
  expect(await status()).toBe('failed');
}, 200_000);
