import { afterAll, expect, inject, test, vi } from 'vitest';
import { listen, type Subscription } from '../../store/listen.ts';
import { createLogger } from '../../ops/logger.ts';
import { createDatabase, execute } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const logger = createLogger('error');
logger.silent = true;

test('one that cannot catch up after a lost connection is logged and asked again, and all others hear on', async () => {
  const url = await createDatabase(inject('postgresUrl'));
  const warn = vi.spyOn(logger, 'warn');
  const listener = await listen({ url, logger });
  afterAll(() => listener.close());
  const heard: string[] = [];
  let [caughtUp, tries, isWell] = [0, 0, false];
  const subscribe = (subscription: Partial<Subscription> & { channels: string[] }) =>
    listener.subscribe({ onNotification: () => undefined, onReconnected: () => Promise.resolve(), ...subscription });
  await subscribe({
    channels: ['ill'],
    onReconnected: () => {
      tries += 1;
      return isWell ? Promise.resolve() : Promise.reject(new Error('One bad row'));
    },
  });
  await subscribe({
    channels: ['well'],
    onNotification: (_channel, payload) => void heard.push(payload),
    onReconnected: () => Promise.resolve(void (caughtUp += 1)),
  });

  await execute(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay-listen'
    AND datname = current_database()`,
  );
  await eventually(() => tries > 2);
  await execute(url, `SELECT pg_notify('well', 'in between')`);
  await eventually(() => heard.length > 0);
  expect([caughtUp, heard]).toEqual([1, ['in between']]);
  expect(warn.mock.calls).toContainEqual([
    expect.stringContaining('could not be read'),
    expect.objectContaining({ channels: ['ill'], error: new Error('One bad row') }),
  ]);

  isWell = true;
  const before = tries;
  await eventually(() => tries > before);
  await execute(url, `SELECT pg_notify('well', 'afterwards')`);
  await eventually(() => heard.length === 2);
  expect(tries).toBe(before + 1);
});
