import { createReceiver } from './receiver/createReceiver.ts';
import { describeRequest } from './receiver/describeRequest.ts';
import { type CommandLine, HELP, parseOptions } from './receiver/options.ts';

/** `npm run receiver`: see {@link HELP}. */
async function main(): Promise<void> {
  const { quiet, help, ...options } = readCommandLine();
  if (help) return console.log(HELP);
  const receiver = createReceiver({
    ...options,
    forget: true,
    onRequest(request, reaction) {
      if (!quiet) console.log(describeRequest(request, reaction, process.stdout.isTTY && !process.env.NO_COLOR));
    },
  });
  const { url } = await receiver.listen();
  console.log(`Receiving on ${url} (counts: GET ${url}; Ctrl-C stops)`);
  const counting = quiet ? setInterval(() => console.log(JSON.stringify(receiver.counts())), 1000) : undefined;
  const stop = () => {
    clearInterval(counting);
    console.log(JSON.stringify(receiver.counts()));
    void receiver.close();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
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
