import { query } from './schema.ts';
import { DATABASES } from './serverConfig.ts';

/** The indexes that lists by time, status, id and type go through. */
const ALWAYS_KEPT = ['default_idx', 'by_status', 'by_workflow_id', 'by_workflow_type'];

/**
 * Leaves of the 70-odd indexes of `executions_visibility` only those that are searched by: every one of them is written
 * twice per workflow, which came to 85 % of the database's time (temporalio/temporal#10145). Lists by anything else still
 * work, more slowly.
 * @param columns the columns our search attributes were given, such as "Keyword03".
 */
export async function keepUsedIndexes(postgresUrl: string, columns: string[]): Promise<void> {
  const kept = [...ALWAYS_KEPT, ...columns.map(indexName)];
  const unused = await query(
    postgresUrl,
    DATABASES.visibility,
    `SELECT i.relname AS name FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
     WHERE x.indrelid = 'executions_visibility'::regclass AND NOT x.indisprimary AND NOT i.relname = ANY($1)`,
    [kept],
  );
  const statements = [
    ...unused.map(({ name }) => `DROP INDEX IF EXISTS "${String(name)}"`),
    // A search attribute that came later was given a column whose index had been dropped.
    ...columns.map(
      (column) => `CREATE INDEX IF NOT EXISTS ${indexName(column)} ON executions_visibility
        (namespace_id, ${column}, (COALESCE(close_time, '9999-12-31 23:59:59')) DESC, start_time DESC, run_id)`,
    ),
  ];
  if (statements.length > 0) await query(postgresUrl, DATABASES.visibility, statements.join(';\n'));
}

/** "Keyword03" → "by_keyword_03", as Temporal's schema names them. */
function indexName(column: string): string {
  return `by_${column.toLowerCase().replace(/(\d+)$/, '_$1')}`;
}
