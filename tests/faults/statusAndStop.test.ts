import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { relayCommand } from '../support/commandLine.ts';
import { createHome, startRelayAt, type Home, type StartedRelay } from '../support/startedRelay.ts';

let home: Home;
let relay: StartedRelay;
beforeAll(async () => {
  home = await createHome();
  relay = await startRelayAt(home);
});
afterAll(async () => {
  relay.child.kill('SIGTERM');
  await relay.ended;
  await home.remove();
});

interface Status {
  running: boolean;
  pid: number | null;
  instance: { url: string; databaseUrl: string; databaseDirectory: string } | null;
  bytes: number;
}

const run = (...args: string[]) => relayCommand(args, { RELAY_DATA_DIR: home.dataDir });
const status = async () => JSON.parse((await run('status', '--json')).stdout) as Status;

test('relay status says what runs and where, and its database URL works', async () => {
  const { running, pid, instance, bytes } = await status();
  expect({ running, pid, url: instance?.url }).toEqual({ running: true, pid: relay.child.pid, url: relay.url });
  expect(instance?.databaseDirectory).toBe(join(home.dataDir, 'postgres', 'cluster'));
  expect(bytes).toBeGreaterThan(1024 * 1024);
  const client = new pg.Client({ connectionString: instance?.databaseUrl });
  await client.connect();
  expect((await client.query('SELECT count(*) FROM installation')).rowCount).toBe(1);
  await client.end();
  const { stdout } = await run('status');
  expect(stdout).toContain(`API, dashboard   ${relay.url}`);
});

test('relay stop ends it, and says so when there is nothing to end', async () => {
  const stopped = await run('stop');
  expect(stopped).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Stopped.') as string });
  expect(await relay.ended).toBe(0);
  expect(await status()).toMatchObject({ running: false, pid: null, instance: null });
  expect((await run('stop')).stdout).toBe(`Nothing runs with ${home.dataDir}.`);
});

test('a data directory that was never used is not running', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'relay-status-'));
  const { exitCode, stdout } = await relayCommand(['status'], { RELAY_DATA_DIR: directory });
  expect({ exitCode, stdout }).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Not running.') as string,
  });
  await rm(directory, { recursive: true });
});
