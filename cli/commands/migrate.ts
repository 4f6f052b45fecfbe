import type { Command } from 'commander';
import { CommandFailed } from '../failure.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description(
      'Brings the schema of DATABASE_URL up to date and, when TEMPORAL_ADDRESS is set, registers namespace and search attributes. May be run again at any time.',
    )
    .action(async () => {
      const { DATABASE_URL, TEMPORAL_ADDRESS } = process.env;
      if (!DATABASE_URL) {
        throw new CommandFailed(
          'DATABASE_URL is not set',
          'Example: DATABASE_URL=postgres://relay:secret@localhost:5432/relay relay migrate',
        );
      }
      const { migrateDatabase, prepareTemporal } = await import('../migrateStores.ts');
      const applied = await migrateDatabase(DATABASE_URL);
      console.log(applied.length > 0 ? `Database: applied ${applied.join(', ')}` : 'Database: up to date');
      if (!TEMPORAL_ADDRESS) return;
      const namespace = await prepareTemporal();
      console.log(`Temporal: namespace ${namespace} and its search attributes are there`);
    });
}
