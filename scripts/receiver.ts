import { parseArgs } from 'node:util';
import { createReceiver } from './receiver/createReceiver.ts';

const HELP = `npm run receiver -- [options]

Receives webhooks on 127.0.0.1, verifies and prints them, and fails when told to.

  --port 9000       where to listen
  --secret whsec_…  verify signatures with this secret
  --fail 2          fail the first 2 attempts of each event
  --rate 0.1        fail a tenth of the requests at random
  --status 503      what a failure answers; alone: what everything is answered
  --stall 5000      wait so many ms before answering
  --quiet           print only the counts, once a second

One webhook alone can ask by its path: /status/503, /stall/5000, /fail/2, /hangup. GET / answers with the counts.`;

/** `npm run receiver` */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9000' },
    secret: { type: 'string' },
    fail: { type: 'string' },
    rate: { type: 'string' },
    status: { type: 'string' },
    stall: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const options = Object.fromEntries(
  Object.entries({ fail: values.fail, rate: values.rate, status: values.status, stallMs: values.stall })
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => [name, Number(text)]),
);
const receiver = createReceiver({
  ...options,
  port: Number(values.port),
  ...(values.secret && { secret: values.secret }),
  forget: true,
  onRequest({ at, headers, body, attempt, verified }, { status = 200, hangUp }) {
    if (values.quiet) return;
    const mark = verified === null ? 'not verified (no --secret)' : verified ? '✓ verified' : '✗ WRONG SIGNATURE';
    console.log(
      `${at.toISOString()}  ${String(headers['webhook-id'])}  attempt ${attempt}  ${mark}  → ${hangUp ? 'hung up' : status}`,
    );
    console.log(`  ${body}`);
  },
});
const { url } = await receiver.listen();
console.log(`Receiving on ${url}`);
if (values.quiet) setInterval(() => console.log(JSON.stringify(receiver.counts())), 1000);
process.on('SIGINT', () => void receiver.close().then(() => process.exit(0)));
