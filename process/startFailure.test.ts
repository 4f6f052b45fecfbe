import { expect, test } from 'vitest';
import { ConfigError } from '../ops/config.ts';
import { describeStartFailure, toLines, toLogLine } from './startFailure.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });

test('a configuration that cannot be used is told variable by variable', () => {
  const failure = describeStartFailure(new ConfigError(['PORT must be …', 'HOST must be …']));
  expect(toLines(failure).split('\n')).toEqual([
    'Relay cannot start. The configuration cannot be used:',
    '  - PORT must be …',
    '  - HOST must be …',
  ]);
});

test('a database that cannot be used is told with what to do', () => {
  const failure = describeStartFailure(refused);
  expect(failure.message).toBe('PostgreSQL cannot be used: connect ECONNREFUSED 127.0.0.1:1');
  expect(failure.details).toEqual([expect.stringContaining('correct host and port in DATABASE_URL')]);
});

test('for what collects logs it is one line of JSON', () => {
  const line = toLogLine(describeStartFailure(refused));
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toMatchObject({
    level: 'fatal',
    message: expect.stringContaining('Relay cannot start') as string,
  });
});
