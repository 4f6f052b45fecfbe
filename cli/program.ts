import { Command, CommanderError } from 'commander';
import { VERSION } from '../ops/version.ts';
import { addBackup } from './commands/backup.ts';
import { addDoctor } from './commands/doctor.ts';
import { addKeys } from './commands/keys.ts';
import { addListen } from './commands/listen.ts';
import { addMigrate } from './commands/migrate.ts';
import { addReset } from './commands/reset.ts';
import { addRestore } from './commands/restore.ts';
import { addRetry } from './commands/retry.ts';
import { addSend } from './commands/send.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addStop } from './commands/stop.ts';
import { addTail } from './commands/tail.ts';
import { describeFailure } from './failure.ts';

/** The command line, `relay <command>` (docs/CLI.md). What a command alone needs is loaded when it runs. */
export function createProgram(): Command {
  const program = new Command('relay')
    .description('Runs, tries out and looks after a Relay.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('See relay --help, or relay <command> --help.');
  for (const add of [
    addStart,
    addStatus,
    addStop,
    addBackup,
    addRestore,
    addReset,
    addMigrate,
    addKeys,
    addListen,
    addSend,
    addTail,
    addRetry,
    addDoctor,
  ])
    add(program);
  return program;
}

/** Runs one command line and sets the exit code: 0 done, 1 refused or failed, 2 the command line itself is wrong. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  // Who reads the output may go first, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else {
      console.error(describeFailure(error));
      process.exitCode = 1;
    }
  }
}
