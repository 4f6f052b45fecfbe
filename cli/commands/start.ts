import type { Command } from 'commander';

export function addStart(program: Command): void {
  program
    .command('start')
    .description('Brings up everything on this machine, as npm start does: PostgreSQL, Temporal, API and worker.')
    .action(async () => {
      const { runUntilStopped } = await import('../../scripts/start/runUntilStopped.ts');
      await runUntilStopped(process.env);
    });
}
