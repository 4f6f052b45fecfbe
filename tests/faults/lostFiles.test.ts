import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
