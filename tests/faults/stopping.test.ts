import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { createHome, serversOf, startRelayAt, type Home, type StartedRelay } from '../support/startedRelay.ts';

const NPM_START = ['npm', 'start'];

let home: Home;
let relay: StartedRelay;
let receiver: Receiver;
let stallMs = 0;

beforeAll(async () => {
  home = await createHome();
  receiver = createReceiver({ respond: () => ({ stallMs }) });
  const { url } = await receiver.listen();
  relay = await startRelayAt(home, NPM_START);
  await relay.api.createWebhook({ url, eventTypes: ['*'], timeoutMs: 30_000 });
});
beforeEach(async () => {
  stallMs = 0;
  if (relay.child.exitCode !== null || relay.child.signalCode !== null) relay = await startRelayAt(home, NPM_START);
});
afterAll(async () => {
  relay.child.kill('SIGTERM');
  await relay.ended;
  await receiver.close();
  await home.remove();
});

/** Posts an event that the receiver does not answer; resolves with its id once it is there. */
async function postStalled(eventType: string): Promise<string> {
  stallMs = 60_000;
  const { body } = await relay.api.postEvent({ eventType, payload: {} });
  await eventually(() => receiver.received.some(({ body: sent }) => sent.includes(eventType)));
  return body.id;
}

const arrives = (id: string) =>
  eventually(async () => (await relay.api.getEvent(id)).body.status === 'delivered', 60_000);

/** Waits until nothing of a start is left: API and servers. */
async function isGone(pids: Awaited<ReturnType<typeof serversOf>>): Promise<void> {
  const runs = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await eventually(() => Object.values(pids).every((pid) => !runs(pid)), 40_000);
  await eventually(() =>
    fetch(`${relay.url}/healthz`).then(
      () => false,
      () => true,
    ),
  );
}

test('Ctrl-C says what it waits for; once more stops at once, and the next start sends what was broken off', async () => {
  const id = await postStalled('stopped.at-once');
  const pids = await serversOf(home);
  const terminal = () => process.kill(-relay.child.pid!, 'SIGINT');
  terminal();
  await relay.line(/Stopping: 1 attempt under way, up to 35 s; Ctrl-C again stops at once/);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(relay.child.exitCode).toBeNull();
  terminal();
  await relay.line(/Stopped at once/);
  await relay.ended;
  await isGone(pids);

  stallMs = 0;
  relay = await startRelayAt(home, NPM_START);
  await arrives(id);
});

test('SIGTERM to npm itself ends everything in order', async () => {
  const pids = await serversOf(home);
  process.kill(relay.child.pid!, 'SIGTERM');
  await relay.line(/Stopping; Ctrl-C again stops at once/);
  await relay.line(/Stopped\. `npm start` goes on where this left off/);
  await relay.ended;
  await isGone(pids);
});

test('npm killed with -9 leaves nothing running, and the next start goes on', async () => {
  const { body } = await relay.api.postEvent({ eventType: 'npm.killed', payload: {} });
  const pids = await serversOf(home);
  process.kill(relay.child.pid!, 'SIGKILL');
  await relay.ended;
  await isGone(pids);
  relay = await startRelayAt(home, NPM_START);
  await arrives(body.id);
});
