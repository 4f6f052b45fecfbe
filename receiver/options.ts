import { parseArgs } from 'node:util';
import { isSecret } from '../activities/http/secret.ts';
import type { ReceiverOptions } from './createReceiver.ts';
import { parseBehaviour } from './reaction.ts';

/** What `npm run receiver -- --help` prints. */
export const HELP = `npm run receiver -- [options]

Receives webhooks on 127.0.0.1, verifies and prints them, and fails when told to.

  --port 9000       where to listen (0: any free port)
  --secret whsec_…  verify signatures with this secret; a wrong one is answered with 401
  --fail 2          fail the first 2 attempts of each webhook
  --rate 0.1        fail a tenth of the requests at random
  --status 503      what a failure answers (default 500); alone: what everything is answered
  --stall 5000      wait so many milliseconds before answering
  --drip 100        send a byte every so many milliseconds, without end
  --hangup          fail by closing the connection; alone: always
  --quiet           print only the counts, once a second
  --help            print this

One webhook alone can ask by its path, which then counts instead of the options:
  /status/503  /fail/2  /rate/0.1  /stall/5000  /drip/100  /hangup  and together, such as /fail/2/status/429

GET / answers with the counts.`;

/** A command line in good order. */
export interface CommandLine extends ReceiverOptions {
  port: number;
  quiet: boolean;
  help: boolean;
}

const BEHAVIOURS = ['fail', 'rate', 'status', 'stall', 'drip'] as const;
const WANTED: Record<(typeof BEHAVIOURS)[number], string> = {
  fail: 'a number of attempts',
  rate: 'a share between 0 and 1',
  status: 'a status from 200 to 599',
  stall: 'a number of milliseconds',
  drip: 'a number of milliseconds',
};

/**
 * Reads the receiver's command line.
 * @throws Error saying which option is wrong and what it wants
 */
export function parseOptions(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '9000' },
      secret: { type: 'string' },
      fail: { type: 'string' },
      rate: { type: 'string' },
      status: { type: 'string' },
      stall: { type: 'string' },
      drip: { type: 'string' },
      hangup: { type: 'boolean' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  const { secret, quiet, help } = values;
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) throw wrong('port', 'a port from 0 to 65535');
  if (secret !== undefined && !isSecret(secret)) throw wrong('secret', 'whsec_ and the base64 of 24 to 64 bytes');
  const line: CommandLine = { port: Number(values.port), quiet, help };
  if (secret !== undefined) line.secret = secret;
  if (values.hangup) line.hangUp = true;
  for (const name of BEHAVIOURS) {
    if (values[name] === undefined) continue;
    const behaviour = parseBehaviour(name, values[name]);
    if (behaviour === null) throw wrong(name, WANTED[name]);
    Object.assign(line, behaviour);
  }
  return line;
}

function wrong(name: string, wanted: string): Error {
  return new Error(`--${name} wants ${wanted}`);
}
