import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { ownerOf } from '../../embedded/ownership.ts';
import { CommandFailed } from '../failure.ts';
import { dataDirectory } from '../start/dataDirectory.ts';

const POLL_MS = 100;
/** More than a stop takes with SHUTDOWN_GRACE_MS as it is by itself. */
const PATIENCE_MS = 120_000;

export function addStop(program: Command): void {
  program
    .command('stop')
    .description('Ends the npm start of the data directory here, as Ctrl-C does, and waits until it has ended.')
    .action(stop);
}

async function stop(): Promise<void> {
  const directory = dataDirectory(process.env);
  const pid = await ownerOf(directory);
  if (pid === null) {
    console.log(`Nothing runs with ${directory}.`);
    return;
  }
  console.log(`Stopping process ${pid}; attempts that are under way may end.`);
  process.kill(pid, 'SIGTERM');
  for (const until = Date.now() + PATIENCE_MS; (await ownerOf(directory)) === pid; await sleep(POLL_MS)) {
    if (Date.now() > until) {
      throw new CommandFailed(
        `Process ${pid} has not ended after ${PATIENCE_MS / 1000} s`,
        `kill -9 ${pid} ends it; nothing is lost.`,
      );
    }
  }
  console.log('Stopped. The next start goes on where it left off.');
}
