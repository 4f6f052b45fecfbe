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

function readCommandLine(): CommandLine {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    return fail(`${messageOf(error)}\nSee npm run receiver -- --help`, 2);
  }
}

function fail(message: string, exitCode: number): never {
  console.error(message);
  process.exit(exitCode);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inUse = 'code' in error && error.code === 'EADDRINUSE';
  return inUse ? 'The port is in use: choose another with --port' : error.message;
}

await main().catch((error: unknown) => fail(messageOf(error), 1));
