import type { Knex } from 'knex';
import * as core from './001_core.ts';
import * as access from './002_access.ts';
import * as eventTypes from './003_event_types.ts';
import * as batches from './004_batches.ts';
import * as changes from './005_changes.ts';
import * as traceContext from './006_trace_context.ts';
import * as atSize from './007_at_size.ts';
import * as recordAttempts from './008_record_attempts.ts';
import * as insertEvents from './009_insert_events.ts';

interface Migration {
  name: string;
  up(db: Knex): Promise<void>;
  down(db: Knex): Promise<void>;
}

const migrations: Migration[] = [
  { name: '001_core', ...core },
  { name: '002_access', ...access },
  { name: '003_event_types', ...eventTypes },
  { name: '004_batches', ...batches },
  { name: '005_changes', ...changes },
  { name: '006_trace_context', ...traceContext },
  { name: '007_at_size', ...atSize },
  { name: '008_record_attempts', ...recordAttempts },
  { name: '009_insert_events', ...insertEvents },
];

/**
 * The migrations that the first releases wrote in TypeScript and recorded in `knex_migrations`. The list is closed: such a
 * release refuses to migrate a database in which that table names more than it knows. Later ones are SQL (sqlMigrations.ts).
 */
export const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve(migrations),
  getMigrationName: (migration) => migration.name,
  getMigration: (migration) => Promise.resolve(migration),
};
