import type { Command } from 'commander';
import { addBackup } from './commands/backup.ts';
import { addDoctor } from './commands/doctor.ts';
import { addMigrate } from './commands/migrate.ts';
import { addReset } from './commands/reset.ts';
import { addRestore } from './commands/restore.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addStop } from './commands/stop.ts';
import { programOf, REMOTE_COMMANDS, runProgram } from './remote.ts';

/** The commands that are about a Relay on this machine. */
const LOCAL_COMMANDS = [addStart, addStatus, addStop, addBackup, addRestore, addReset, addMigrate, addDoctor];

/** The whole command line. What a command alone needs is loaded when it runs. */
export function createProgram(): Command {
  return programOf([...LOCAL_COMMANDS, ...REMOTE_COMMANDS]);
}

/** Runs one command line and sets the exit code. */
export function runCommandLine(args: readonly string[]): Promise<void> {
  return runProgram(createProgram(), args);
}
