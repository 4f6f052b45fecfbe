import { type CommandLine, HELP, parseOptions } from './options.ts';
import { receive } from './receive.ts';

/** `npm run receiver`: see {@link HELP}. */
async function main(): Promise<void> {
  const { help, ...options } = readCommandLine();
  if (help) return console.log(HELP);
  await receive(options);
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
  return error instanceof Error ? error.message : String(error);
}

await main().catch((error: unknown) => fail(messageOf(error), 1));
