import { Command, CommanderError } from 'commander';
import { VERSION } from '../ops/version.ts';
import { addApply } from './commands/apply.ts';
import { addCompletion } from './commands/completion.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addEvents } from './commands/events.ts';
import { addFilter } from './commands/filter.ts';
import { addKeys } from './commands/keys.ts';
import { addListen } from './commands/listen.ts';
import { addRetry } from './commands/retry.ts';
import { addSearch } from './commands/search.ts';
import { addSend } from './commands/send.ts';
import { addTail } from './commands/tail.ts';
import { addTrigger } from './commands/trigger.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { describeFailure } from './failure.ts';

/** The commands that need a Relay somewhere, and nothing of the server here. */
export const REMOTE_COMMANDS = [
  addKeys,
  addListen,
  addSend,
  addFilter,
  addTrigger,
  addTail,
  addWebhooks,
  addEvents,
  addDeliveries,
  addRetry,
  addSearch,
  addApply,
  addCompletion,
];

/** The command line with these commands, `relay <command>` (docs/CLI.md). */
export function programOf(commands: readonly ((program: Command) => void)[]): Command {
  const program = new Command('relay')
    .description('Runs, tries out and looks after a Relay.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('See relay --help, or relay <command> --help.');
  for (const add of commands) add(program);
  return program;
}

/** Runs one command line and sets the exit code: 0 done, 1 refused or failed, 2 the command line itself is wrong. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  // Who reads the output may go first, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else {
      console.error(describeFailure(error));
      process.exitCode = 1;
    }
  }
}
