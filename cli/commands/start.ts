import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { CommandFailed } from '../failure.ts';

/** What the embedded Temporal is built from; a build, as in the image, leaves it out. */
const SERVER_SOURCES = new URL('../../embedded/server/go.mod', import.meta.url);

export function addStart(program: Command): void {
  program
    .command('start')
    .description('Brings up everything on this machine, as npm start does: PostgreSQL, Temporal, API and worker.')
    .action(async () => {
      const { DATABASE_URL, TEMPORAL_ADDRESS } = process.env;
      if (!(DATABASE_URL && TEMPORAL_ADDRESS) && !existsSync(SERVER_SOURCES)) {
        throw new CommandFailed(
          'A build of Relay cannot bring PostgreSQL and Temporal of its own',
          'Set DATABASE_URL and TEMPORAL_ADDRESS, or start from a checkout.',
        );
      }
      const { runUntilStopped } = await import('../start/runUntilStopped.ts');
      await runUntilStopped(process.env);
    });
}
