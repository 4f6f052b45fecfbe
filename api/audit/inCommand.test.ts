import type { Knex } from 'knex';
import { expect, it, vi } from 'vitest';
import { createLogger } from '../../ops/logger.ts';
import type { Caller } from '../http/caller.ts';
import { inCommand } from './inCommand.ts';

const caller: Caller = {
  keyId: 'admin',
  name: 'Admin',
  clientId: null,
  scopes: ['admin'] as const,
  requestId: 'r',
  ip: '127.0.0.1',
  traceparent: null,
};

function services() {
  const transaction = vi.fn((act: (trx: Knex.Transaction) => Promise<unknown>) => act({} as Knex.Transaction));
  return {
    db: { transaction } as unknown as Knex,
    logger: createLogger('error'),
    directory: { refresh: vi.fn(() => Promise.resolve()) },
    eventTypes: { refresh: vi.fn(() => Promise.resolve()) },
  };
}

const done = (type: 'webhook' | 'event_type' | 'delivery') => () =>
  Promise.resolve({ result: 'made', target: { type, id: 'x', clientId: null }, entry: null });

it.each([
  ['webhook', [['x']], []],
  ['event_type', [], [[]]],
  ['delivery', [], []],
] as const)('reads a changed %s back before it answers, and nothing else', async (type, webhooks, eventTypes) => {
  const given = services();
  expect(await inCommand(given, caller, done(type))).toBe('made');
  expect(given.directory.refresh.mock.calls).toEqual(webhooks);
  expect(given.eventTypes.refresh.mock.calls).toEqual(eventTypes);
});

it('answers also when what was changed cannot be read back', async () => {
  const given = services();
  given.directory.refresh.mockRejectedValue(new Error('away'));
  given.logger.silent = true;
  expect(await inCommand(given, caller, done('webhook'))).toBe('made');
});

it('reads nothing back when the command fails', async () => {
  const given = services();
  await expect(inCommand(given, caller, () => Promise.reject(new Error('No.')))).rejects.toThrow('No.');
  expect(given.directory.refresh).not.toHaveBeenCalled();
});
