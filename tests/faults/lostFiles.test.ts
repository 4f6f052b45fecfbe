import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  await stop();
  await home.remove();
});

async function stop(): Promise<void> {
  relay.child.kill('SIGTERM');
  await relay.ended;
}

test('npm start makes no new secrets.key beside a database that is sealed, and says what to do', async () => {
  const file = join(home.dataDir, 'secrets.key');
  const key = await readFile(file, 'utf8');
  await stop();
  await rm(file);
  await expect(startRelayAt(home)).rejects.toThrow(/secrets\.key is gone.*Put the file back, or set SECRETS_KEY/);
  expect(existsSync(file)).toBe(false);

  await writeFile(file, key);
  relay = await startRelayAt(home);
});

test('npm start goes on with its data when the password of its PostgreSQL was lost', async () => {
  const { body } = await relay.api.postEvent({ eventType: 'password.lost', payload: {} });
  await stop();
  await rm(join(home.dataDir, 'postgres', 'password'));
  relay = await startRelayAt(home);
  expect((await relay.api.getEvent(body.id)).status).toBe(200);
});

test.each(['PG_VERSION', join('global', 'pg_control')])(
  'npm start says that its database is damaged without %s, leaves it as it is, and goes on once it is back',
  async (name) => {
    await stop();
    const file = join(home.dataDir, 'postgres', 'cluster', 'data', name);
    await rename(file, `${file}.away`);
    await expect(startRelayAt(home)).rejects.toThrow(/is damaged: .*`relay restore`.*`relay reset`/s);
    await rename(`${file}.away`, file);
    relay = await startRelayAt(home);
  },
);

test.skipIf(process.getuid?.() !== 0)(
  'as root below a directory of root’s alone, where the database outlives the data directory, relay reset begins anew (skipped for others)',
  async () => {
    const rootsHome = await createHome(0o700);
    const ofRoot = await startRelayAt(rootsHome);
    ofRoot.child.kill('SIGTERM');
    await ofRoot.ended;
    await rm(rootsHome.dataDir, { recursive: true });
    await expect(startRelayAt(rootsHome)).rejects.toThrow(
      /secrets\.key is gone.*`relay reset` removes all that is kept/,
    );
    const reset = () => relayCommand(['reset', '--yes'], { RELAY_DATA_DIR: rootsHome.dataDir });
    expect((await reset()).stdout).toContain('The next start begins anew.');
    const anew = await startRelayAt(rootsHome);
    anew.child.kill('SIGTERM');
    await anew.ended;
    await reset();
    expect(existsSync(rootsHome.dataDir)).toBe(false);
    await rootsHome.remove();
  },
);
