import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { CommandFailed } from '../failure.ts';
import { dataDirectory } from '../start/dataDirectory.ts';

export function addReset(program: Command): void {
  program
    .command('reset')
    .description('Removes for good what npm start keeps with the data directory here, wherever its database lies.')
    .option('--yes', 'do not ask')
    .action(async ({ yes }: { yes?: boolean }) => {
      const { keptPaths, removeKept, whileStopped } = await import('../kept/keptData.ts');
      const directory = dataDirectory(process.env);
      await whileStopped(directory, async () => {
        const paths = await keptPaths(directory);
        if (paths.length === 0) return console.log(`Nothing is kept with ${directory}.`);
        if (!yes)
          console.log(`Events, deliveries, webhooks and keys are in\n${paths.map((path) => `  ${path}`).join('\n')}`);
        const confirmed = yes || (await confirm('Remove all of it for good?'));
        if (!confirmed) throw new CommandFailed('Nothing was removed', 'Confirm, or give --yes.');
        await removeKept(directory);
        console.log(`Removed what was kept with ${directory}. The next start begins anew.`);
      });
    });
}
