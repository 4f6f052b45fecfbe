import { resolve } from 'node:path';
import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { CommandFailed } from '../failure.ts';
import { dataDirectory, makeDataDirectory } from '../start/dataDirectory.ts';

export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('Puts a file of relay backup in the place of what npm start keeps with the data directory here.')
    .argument('<file>', 'what relay backup wrote')
    .option('--yes', 'do not ask before what is there is replaced')
    .action(async (given: string, { yes }: { yes?: boolean }) => {
      const { restore } = await import('../kept/restore.ts');
      const { keptPaths, whileStopped } = await import('../kept/keptData.ts');
      const [file, directory] = [resolve(given), dataDirectory(process.env)];
      await makeDataDirectory(directory);
      const { createdAt, relay } = await whileStopped(directory, () =>
        restore(directory, file, async (backup) => {
          if (yes || (await keptPaths(directory)).length === 0) return;
          const confirmed = await confirm(
            `Replace what is kept with ${directory} by the backup of ${backup.createdAt}?`,
          );
          if (!confirmed)
            throw new CommandFailed('Nothing was replaced', 'Confirm, give --yes, or choose another RELAY_DATA_DIR.');
        }),
      );
      console.log(
        `Restored the backup of ${createdAt} (Relay ${relay}) to ${directory}. The next start goes on from there.`,
      );
    });
}
