import { describe, expect, it } from 'vitest';
import { generateSecret } from '../activities/http/secret.ts';
import { HELP, parseOptions } from './options.ts';

describe('parseOptions', () => {
  it('listens on port 9000 and always succeeds when nothing is asked', () => {
    expect(parseOptions([])).toEqual({ port: 9000, quiet: false, help: false });
  });

  it('reads every option that the help names', () => {
    const secret = generateSecret();
    const line =
      `--port 0 --secret ${secret} --fail 2 --rate 0.1 --status 503 --stall 5000 --drip 100 --hangup --quiet --help`.split(
        ' ',
      );
    expect(parseOptions(line)).toEqual({
      port: 0,
      secret,
      fail: 2,
      rate: 0.1,
      status: 503,
      stallMs: 5000,
      dripMs: 100,
      hangUp: true,
      quiet: true,
      help: true,
    });
    for (const option of line.filter((word) => word.startsWith('--'))) expect(HELP).toContain(option);
  });

  it.each([
    ['--port', 'http'],
    ['--port', '65536'],
    ['--port', ''],
    ['--secret', 'whsec_short'],
    ['--fail', 'twice'],
    ['--fail', ''],
    ['--rate', '10'],
    ['--status', '0'],
    ['--stall', '5s'],
    ['--drip', '-1'],
  ])('says what %s wants when it is given %j', (option, value) => {
    expect(() => parseOptions([`${option}=${value}`])).toThrow(`${option} wants `);
  });

  it.each([['--bogus'], ['left-over'], ['--port']])('refuses %s', (word) => {
    expect(() => parseOptions([word])).toThrow();
  });
});
