import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { relayCommand } from '../support/commandLine.ts';
import { eventually } from '../support/eventually.ts';
import { createHome, startRelayAt, type Home, type StartedRelay } from '../support/startedRelay.ts';

const isRoot = process.getuid?.() === 0;
const SOON = { initialIntervalMs: 3000, backoffCoefficient: 1, maximumIntervalMs: 3000, maximumAttempts: 100 };

interface Status {
  instance: { databaseDirectory: string };
}

const PLACES = [{ place: 'a directory that all may enter', mode: 0o755 }];
if (isRoot) PLACES.push({ place: 'a directory that only root may enter, with its database elsewhere', mode: 0o700 });

describe.each(PLACES)('npm start in $place', ({ mode }) => {
  let home: Home;
  let relay: StartedRelay;
  let receiver: Receiver;
  let directory: string;
  let file: string;
  let isWell = false;
  beforeAll(async () => {
    home = await createHome(mode);
    directory = await mkdtemp(join(tmpdir(), 'relay-backups-'));
    file = join(directory, 'relay.tar.gz');
    relay = await startRelayAt(home);
    receiver = createReceiver({ respond: () => (isWell ? {} : { status: 500 }) });
  });
  afterAll(async () => {
    await stop();
    await receiver.close();
    await run('reset', '--yes');
    await rm(directory, { recursive: true });
    await home.remove();
  });

  const run = (...args: string[]) => relayCommand(args, { RELAY_DATA_DIR: home.dataDir });
  async function stop(): Promise<void> {
    relay.child.kill('SIGTERM');
    await relay.ended;
  }
  const deliveryOf = async (id: string) => (await relay.api.getEvent(id)).body.deliveries[0]!;

  test('what was backed up and removed goes on once it is restored: a delivery that waited arrives', async () => {
    const { url } = await receiver.listen();
    await relay.api.createWebhook({ url, retryPolicy: SOON });
    const { body: event } = await relay.api.postEvent({ eventType: 'waits', payload: {} });
    await eventually(async () => (await deliveryOf(event.id)).status === 'retrying');
    const { webhookId, workflowId } = await deliveryOf(event.id);
    const { instance } = JSON.parse((await run('status', '--json')).stdout) as Status;
    const { databaseDirectory } = instance;
    const whileItRuns = [
      ['backup', file],
      ['reset', '--yes'],
      ['restore', file, '--yes'],
    ];
    for (const { exitCode, stderr } of await Promise.all(whileItRuns.map((args) => run(...args)))) {
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^error: A Relay runs with .*\n {2}→ End it first, with relay stop\.$/);
    }
    await stop();
    const attempts = receiver.received.length;

    expect(await run('backup', file)).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await run('backup', file)).stderr).toContain('is there already');
    expect(await run('reset')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining(databaseDirectory) as string,
      stderr: expect.stringContaining('Nothing was removed') as string,
    });
    await writeFile(join(home.dataDir, 'of-mine'), '');
    expect(await run('reset', '--yes')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(existsSync(databaseDirectory)).toBe(false);
    expect(await readdir(home.dataDir)).toEqual(['of-mine']);
    expect((await run('reset', '--yes')).stdout).toBe(`Nothing is kept with ${home.dataDir}.`);

    expect(await run('restore', file)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await run('restore', file)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Nothing was replaced') as string,
    });
    expect((await stat(join(home.dataDir, 'secrets.key'))).mode & 0o777).toBe(0o600);
    isWell = true;
    relay = await startRelayAt(home);
    await eventually(async () => (await deliveryOf(event.id)).status === 'delivered', 30_000);
    expect(await deliveryOf(event.id)).toMatchObject({ workflowId, retryCount: attempts });
    expect(receiver.received).toHaveLength(attempts + 1);
    const { body: next } = await relay.api.postEvent({ eventType: 'after', payload: {} });
    await eventually(async () => (await deliveryOf(next.id)).status === 'delivered');
    expect((await relay.api.getWebhook(webhookId)).body.consecutiveFailures).toBe(0);
  });
});

describe('relay restore', () => {
  let directory: string;
  beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), 'relay-restore-'))));
  afterAll(() => rm(directory, { recursive: true }));

  test('refuses a file that is no backup, and leaves nothing behind', async () => {
    const [file, dataDir] = [join(directory, 'file'), join(directory, 'data')];
    await writeFile(file, 'not packed');
    const { exitCode, stderr } = await relayCommand(['restore', file], { RELAY_DATA_DIR: dataDir });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: .*file cannot be unpacked: .*\n(.*\n)* {2}→ Is it whole, and made by relay backup\?$/,
    );
    expect(existsSync(dataDir)).toBe(false);
  });
});
