import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CommandFailed } from '../failure.ts';
import { dataDirectory } from '../start/dataDirectory.ts';

const MIB = 1024 * 1024;

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('Writes what npm start keeps with the data directory here to one file. Relay must be stopped.')
    .argument('[file]', 'where to; by default relay-<time>.tar.gz in this directory')
    .action(async (given?: string) => {
      const { backUp } = await import('../kept/backUp.ts');
      const { whileStopped } = await import('../kept/keptData.ts');
      const file = resolve(given ?? `relay-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}.tar.gz`);
      if (existsSync(file)) throw new CommandFailed(`${file} is there already`, 'Name another file.');
      const directory = dataDirectory(process.env);
      const { bytes, hasKey } = await whileStopped(directory, () => backUp(directory, file));
      const key = hasKey
        ? 'With it, whoever can read it can read all signing secrets.'
        : 'There is no secrets.key: keep the SECRETS_KEY that you start Relay with beside it.';
      console.log(`Wrote ${file} (${(bytes / MIB).toFixed(1)} MiB). ${key}`);
    });
}
