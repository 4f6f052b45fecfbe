import { expect, it } from 'vitest';
import { ConfigError, DEVELOPMENT_API_KEY, readConfig } from './config.ts';

const DATABASE_URL = 'postgres://relay@localhost/relay';
const SECRETS_KEY = Buffer.alloc(32, 'the sealing key').toString('base64');

function problems(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig({ DATABASE_URL, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

it('production does not start with secrets of development, and every one that is missing is named', () => {
  const NODE_ENV = 'production';
  expect(problems({ NODE_ENV })).toEqual([
    expect.stringContaining('ADMIN_API_KEY must be set') as string,
    expect.stringContaining('SECRETS_KEY must be set') as string,
  ]);
  expect(problems({ NODE_ENV, SECRETS_KEY, ADMIN_API_KEY: DEVELOPMENT_API_KEY })).toEqual([
    'ADMIN_API_KEY must not be the development key',
  ]);
  expect(problems({ NODE_ENV, SECRETS_KEY, ADMIN_API_KEY: 'a key of the operator’s own' })).toEqual([]);
});

it('production does not start with secrets that repeat a few characters', () => {
  const SECRETS_KEY = Buffer.alloc(32, 'ab').toString('base64');
  expect(problems({ NODE_ENV: 'production', SECRETS_KEY, ADMIN_API_KEY: 'a'.repeat(32) })).toEqual([
    expect.stringContaining('ADMIN_API_KEY must not repeat') as string,
    expect.stringContaining('SECRETS_KEY must not repeat') as string,
  ]);
});

it('names every variable that is wrong, not just the first', () => {
  const wrong = problems({ PORT: 'http', RELAY_ROLE: 'queen', MANUAL_RETRY_WINDOW: 'a week', MAX_EVENT_BYTES: '1' });
  for (const name of ['PORT', 'RELAY_ROLE', 'MANUAL_RETRY_WINDOW', 'MAX_EVENT_BYTES']) {
    expect(wrong.filter((problem) => problem.startsWith(name))).toHaveLength(1);
  }
});
