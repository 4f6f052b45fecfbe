import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePorts } from '../../ops/freePorts.ts';
import { findServer } from '../../embedded/index.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { relayCommand } from '../support/commandLine.ts';
import { eventually } from '../support/eventually.ts';
import { createHome, startRelayAt, type Home, type StartedRelay } from '../support/startedRelay.ts';

const PATIENCE_MS = 60_000;

let directory: string;
let homes: Home[];
const started: StartedRelay[] = [];
let receiver: Receiver;
let url: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'relay-first-'));
  homes = [await createHome(), await createHome()];
  receiver = createReceiver({ respond: ({ attempt }) => (attempt > 1 ? {} : { status: 503 }) });
  ({ url } = await receiver.listen());
}, 30 * 60_000);
afterAll(async () => {
  await receiver.close();
  for (const { child, ended } of started) {
    child.kill('SIGTERM');
    await ended;
  }
  await Promise.all(homes.map((home) => home.remove()));
  await rm(directory, { recursive: true });
});

interface NeverBuilt {
  home: Home;
  cache: string;
  /** The file that lets Go go on. */
  mayGoOn: string;
  /** The file with the process id of Go. */
  pid: string;
}

/**
 * The home of a machine that has never built a Temporal and cannot download one, with a Go that stands in for a real one: it
 * stops after two of four packages until the file `mayGoOn` is there, and then has built what was built before.
 */
async function neverBuilt({ env, ...home }: Home, name: string): Promise<NeverBuilt> {
  const [closed] = await findFreePorts(1);
  const found = await findServer({ log: () => undefined }, { only: 'modules' });
  if (found.kind !== 'modules') throw new Error('There is no built server');
  const bin = join(directory, name);
  const [cache, mayGoOn, pid] = ['cache', 'may-go-on', 'pid'].map((file) => join(bin, file)) as [
    string,
    string,
    string,
  ];
  await mkdir(bin);
  const go = `#!/bin/sh
echo $$ >'${pid}'
case "$1" in
env) echo go1.26.8 ;;
list) printf 'one\\ntwo\\nthree\\nfour\\n' ;;
build)
  printf 'one\\ntwo\\n' >&2
  while [ ! -e '${mayGoOn}' ]; do sleep 0.1; done
  printf 'three\\nfour\\n' >&2
  while [ "$1" != -o ]; do shift; done
  cp '${dirname(found.programs.server)}'/"$(basename "$2")" "$2"
  ;;
esac
`;
  await writeFile(join(bin, 'go'), go, { mode: 0o755 });
  const first = {
    ...env,
    PATH: `${bin}:${env['PATH']}`,
    RELAY_CACHE_DIR: cache,
    RELAY_DOWNLOAD_URL: `http://127.0.0.1:${closed}`,
  };
  return { home: { ...home, env: first }, cache, mayGoOn, pid };
}

test('npm start on a machine without a Temporal delivers while that is built, says how far it is, and is whole when it is there', async () => {
  const { home, mayGoOn } = await neverBuilt(homes[0]!, 'whole');
  const relay = await startRelayAt(home);
  started.push(relay);
  const { api } = relay;
  await relay.line(/The official release could not be downloaded: .*ECONNREFUSED/);
  await relay.line(/^Temporal is not there yet/);
  const temporalProgress = 'compiling temporal-server: 50 % done, 2 of 4 packages';
  await eventually(async () => {
    const { status, body } = await api.call('GET', '/readyz');
    expect([status, body]).toMatchObject([503, { checks: { temporal: 'unavailable' }, temporalProgress }]);
    return true;
  }, PATIENCE_MS);
  const shown = () => relayCommand(['status'], { RELAY_DATA_DIR: home.dataDir });
  expect((await shown()).stdout).toContain(`not there yet; ${relay.url}/readyz says how far it is`);
  await api.createWebhook({ url });
  const { body: event } = await api.postEvent({ eventType: 'first', payload: {} });
  const [delivery] = await eventually(async () => {
    const { deliveries } = (await api.getEvent(event.id)).body;
    return deliveries[0]?.status === 'retrying' && deliveries;
  }, PATIENCE_MS);

  await writeFile(mayGoOn, '');
  await relay.line(/Temporal is there, its Web UI at http:.*: retries and workflows go on/);
  const { status, body } = await api.call('GET', '/readyz');
  expect([status, body]).toEqual([200, { status: 'ok', checks: { postgres: 'ok', temporal: 'ok', secrets: 'ok' } }]);
  const { workflow, attempts } = await eventually(async () => {
    const { body } = await api.getDelivery(delivery!.id);
    return body.workflow.status === 'COMPLETED' && body;
  }, PATIENCE_MS);
  expect([workflow.workflowId, attempts.length]).toEqual([delivery!.workflowId, 2]);
  expect((await shown()).stdout).toContain(`127.0.0.1:${home.env['TEMPORAL_PORT']}`);
  relay.child.kill('SIGTERM');
  expect(await relay.ended).toBe(0);
});

test('a stop while Temporal is built ends the build, and leaves nothing half built', async () => {
  const { home, cache, pid } = await neverBuilt(homes[1]!, 'stopped');
  const relay = await startRelayAt(home);
  started.push(relay);
  await eventually(
    async () => (await (await fetch(`${relay.url}/readyz`)).text()).includes('2 of 4 packages'),
    PATIENCE_MS,
  );
  const go = Number(await readFile(pid, 'utf8'));
  relay.child.kill('SIGTERM');
  expect(await relay.ended).toBe(0);
  expect(() => process.kill(go, 0)).toThrow('ESRCH');
  expect(await readdir(cache)).toEqual([]);
});
