import type { UsedColumns } from '../temporal/namespace.ts';
import { query } from './schema.ts';
import { DATABASES } from './serverConfig.ts';

/** The indexes that lists by time, status, id and type go through. */
const ALWAYS_KEPT = ['default_idx', 'by_status', 'by_workflow_id', 'by_workflow_type'];

/**
 * Leaves of `executions_visibility` what is used. The table is written twice per workflow, and each of its 70-odd indexes
 * and of its columns for attributes that nobody has registered took part in that: three quarters of the database's time
 * (temporalio/temporal#10145, docs/adr/0003). Lists by anything else still work, more slowly; an attribute that is
 * registered later has its column filled, also for earlier workflows, at the next start.
 */
export async function dropUnusedIndexes(postgresUrl: string, used: UsedColumns): Promise<void> {
  const statements = [...(await columnChanges(postgresUrl, used)), ...(await indexChanges(postgresUrl, used))];
  if (statements.length > 0) await query(postgresUrl, DATABASES.visibility, statements.join(';\n'));
}

async function indexChanges(postgresUrl: string, { searched }: UsedColumns): Promise<string[]> {
  const kept = [...ALWAYS_KEPT, ...searched.map(indexName)];
  const unused = await query(
    postgresUrl,
    DATABASES.visibility,
    `SELECT i.relname AS name FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
     WHERE x.indrelid = 'executions_visibility'::regclass AND NOT x.indisprimary AND NOT i.relname = ANY($1)`,
    [kept],
  );
  return [
    ...unused.map(({ name }) => `DROP INDEX IF EXISTS "${String(name)}"`),
    // A search attribute that came later was given a column whose index had been dropped.
    ...searched.map(
      (column) => `CREATE INDEX IF NOT EXISTS ${indexName(column)} ON executions_visibility
        (namespace_id, ${column}, (COALESCE(close_time, '9999-12-31 23:59:59')) DESC, start_time DESC, run_id)`,
    ),
  ];
}

/** "Keyword03" → "by_keyword_03", as Temporal's schema names them. */
function indexName(column: string): string {
  return `by_${column.toLowerCase().replace(/(\d+)$/, '_$1')}`;
}

/** How Temporal's schema fills the column of an attribute from the row's JSON, by the attribute's type. */
const COLUMN_KINDS: Record<string, (name: string) => string> = {
  Bool: (name) => `boolean GENERATED ALWAYS AS ((search_attributes->'${name}')::boolean) STORED`,
  Datetime: (name) => `timestamp GENERATED ALWAYS AS (convert_ts(search_attributes->>'${name}')) STORED`,
  Double: (name) => `decimal(20, 5) GENERATED ALWAYS AS ((search_attributes->'${name}')::decimal) STORED`,
  Int: (name) => `bigint GENERATED ALWAYS AS ((search_attributes->'${name}')::bigint) STORED`,
  Keyword: (name) => `varchar(255) GENERATED ALWAYS AS (search_attributes->>'${name}') STORED`,
  KeywordList: (name) => `jsonb GENERATED ALWAYS AS (search_attributes->'${name}') STORED`,
  Text: (name) => `tsvector GENERATED ALWAYS AS ((search_attributes->>'${name}')::tsvector) STORED`,
};
const ATTRIBUTE_COLUMN = new RegExp(`^(${Object.keys(COLUMN_KINDS).join('|')})\\d+$`, 'i');

/** Columns of attributes nobody has registered stay, empty; those that have been are filled. */
async function columnChanges(postgresUrl: string, { registered }: UsedColumns): Promise<string[]> {
  const columns = await query(
    postgresUrl,
    DATABASES.visibility,
    `SELECT attname AS name, attgenerated <> '' AS filled FROM pg_attribute
     WHERE attrelid = 'executions_visibility'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  const wanted = new Map(registered.map((column) => [column.toLowerCase(), column]));
  return columns.flatMap(({ name, filled }) => {
    const column = String(name);
    if (!ATTRIBUTE_COLUMN.test(column)) return [];
    const attribute = wanted.get(column);
    if (attribute === undefined) {
      return filled ? [`ALTER TABLE executions_visibility ALTER COLUMN ${column} DROP EXPRESSION`] : [];
    }
    if (filled) return [];
    const definition = COLUMN_KINDS[attribute.replace(/\d+$/, '')]?.(attribute);
    return definition
      ? [`ALTER TABLE executions_visibility DROP COLUMN ${column}, ADD COLUMN ${column} ${definition}`]
      : [];
  });
}
