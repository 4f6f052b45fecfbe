import { expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';
import { DEVELOPMENT_API_KEY } from './developmentKey.ts';

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

it('name servers are addresses, with a port or without', () => {
  expect(problems({ NAME_SERVERS: '10.0.0.53, [fd00::53]:5353,127.0.0.1:53' })).toEqual([]);
  expect(problems({ NAME_SERVERS: '10.0.0.53,dns.test' })).toEqual([
    expect.stringMatching(/^NAME_SERVERS must be addresses .* not "dns.test"$/) as string,
  ]);
  expect(readConfig({ DATABASE_URL }).NAME_SERVERS).toBeUndefined();
});

it.each([
  'REPLACE-WITH-A-RANDOM-KEY',
  'changemechangeme',
  'passwordpassword',
  'test-api-key-123456',
  'change-me-please-now',
])('production does not start with the placeholder %s', (ADMIN_API_KEY) => {
  expect(problems({ NODE_ENV: 'production', SECRETS_KEY, ADMIN_API_KEY })).toEqual([
    expect.stringContaining('ADMIN_API_KEY must not be a placeholder') as string,
  ]);
});

it('production does not seal with what a development relay seals with', () => {
  const SECRETS_KEY = Buffer.alloc(32, 'relay-development').toString('base64');
  expect(problems({ NODE_ENV: 'production', SECRETS_KEY, ADMIN_API_KEY: 'a key of the operator’s own' })).toEqual([
    expect.stringContaining('SECRETS_KEY must not be the development key') as string,
  ]);
});

it.each(['staging', 'prod', 'Production', 'dev'])(
  'NODE_ENV=%s is refused: development secrets would be in force',
  (NODE_ENV) => {
    expect(problems({ NODE_ENV })).toEqual([
      `NODE_ENV must be one of development, test, production, not "${NODE_ENV}"`,
    ]);
  },
);

it('with the development key it listens only on this machine, unless it is told where', () => {
  const host = (env: NodeJS.ProcessEnv) => readConfig({ DATABASE_URL, ...env }).HOST;
  expect(host({})).toBe('127.0.0.1');
  expect(host({ ADMIN_API_KEY: DEVELOPMENT_API_KEY })).toBe('127.0.0.1');
  expect(host({ ADMIN_API_KEY: 'a key of the operator’s own' })).toBe('0.0.0.0');
  expect(host({ HOST: '::' })).toBe('::');
});

it('says of each variable what it may be, and repeats no secret', () => {
  expect(
    problems({
      RELAY_ROLE: 'web',
      LOG_LEVEL: 'verbose',
      SECRETS_KEY: 'abc',
      PORT: '5e3',
      TRUST_PROXY: 'yes',
      DATABASE_URL: 'postgres://relay:pa/ss#word@db/relay',
      ALLOWED_TARGET_CIDRS: '10.0.0.0/8, foo',
    }),
  ).toEqual([
    'PORT must be a whole number in plain digits, not "5e3"',
    'RELAY_ROLE must be one of all, api, worker, not "web"',
    'LOG_LEVEL must be one of error, warn, info, debug, not "verbose"',
    'SECRETS_KEY must be the base64 of 32 random bytes, as "openssl rand -base64 32" prints it',
    'TRUST_PROXY must be true or false, not "yes"',
    expect.stringContaining('DATABASE_URL cannot be read as a URL; write / # ?') as string,
    expect.stringMatching(/^ALLOWED_TARGET_CIDRS must be CIDRs .* not "foo"$/) as string,
  ]);
  expect(problems({ DATABASE_URL: 'mysql://relay@db/relay' })).toEqual([
    'DATABASE_URL must be a URL that begins with postgres:// or postgresql://',
  ]);
});

it.each(['1e3', '0x10', '+5', ' 5', '5.0', '05x'])('a number that is written as %j is refused', (RETENTION_DAYS) => {
  expect(problems({ RETENTION_DAYS })).toEqual([
    expect.stringContaining('RETENTION_DAYS must be a whole number') as string,
  ]);
});

it.each(['1', '29'])('the audit trail cannot be kept for %s days only', (AUDIT_RETENTION_DAYS) => {
  expect(problems({ AUDIT_RETENTION_DAYS })).toEqual(['AUDIT_RETENTION_DAYS must be 0, for ever, or at least 30']);
});

it('names every variable that is wrong, not just the first', () => {
  const wrong = problems({ PORT: 'http', RELAY_ROLE: 'queen', MANUAL_RETRY_WINDOW: 'a week', MAX_EVENT_BYTES: '1' });
  for (const name of ['PORT', 'RELAY_ROLE', 'MANUAL_RETRY_WINDOW', 'MAX_EVENT_BYTES']) {
    expect(wrong.filter((problem) => problem.startsWith(name))).toHaveLength(1);
  }
});

it('hours may be fractions, and 0 of the setting before still means never', () => {
  const hours = (env: NodeJS.ProcessEnv) => readConfig({ DATABASE_URL, ...env }).AUTO_DISABLE_AFTER_HOURS;
  expect(hours({})).toBe(120);
  expect(hours({ AUTO_DISABLE_AFTER_HOURS: '0.25' })).toBe(0.25);
  expect(hours({ AUTO_DISABLE_AFTER: '0' })).toBe(0);
  expect(hours({ AUTO_DISABLE_AFTER: '20' })).toBe(120);
  expect(problems({ AUTO_DISABLE_AFTER_HOURS: '1e3', HEALTH_FAILURES: '0.5' })).toHaveLength(2);
});
