import type { Knex } from 'knex';
import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../../ops/logger.ts';
import type { Listener } from '../../store/listen.ts';
import { eventually } from '../../tests/support/eventually.ts';
import { StreamHub } from './StreamHub.ts';

let hub: StreamHub;
afterEach(() => hub.stop());

test('a reader that takes nothing more of what it is owed is dropped, and one that reads is not', async () => {
  let reconnected: () => Promise<void> = () => Promise.resolve();
  const listener = {
    subscribe: (subscription: { onReconnected: () => Promise<void> }) => {
      reconnected = subscription.onReconnected;
      return Promise.resolve();
    },
  } as unknown as Listener;
  hub = new StreamHub({} as Knex, createLogger('error'), { stuckMs: 500 });
  await hub.start(listener);
  const identity = { keyId: 'k', name: 'k', clientId: null, scopes: ['admin' as const] };
  const open = () => hub.open({ identity, lastEventId: undefined, isValid: () => Promise.resolve(true) });
  const [reading, stuck] = [open().resume(), open()];
  // Each tells every reader to load anew.
  for (let n = 0; n < 5000; n++) await reconnected();
  await eventually(() => stuck.destroyed);
  expect(reading.destroyed).toBe(false);
});
