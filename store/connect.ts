import knex, { type Knex } from 'knex';
import { knexSnakeCaseMappers } from 'objection';
import pg from 'pg';

const JSON_OID = 114;
/** Postgres takes a row lock or a statement no longer than this before it gives up, so that nothing waits for ever. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** Payloads are stored as `json`, which keeps their text; parsing it here would lose number spelling and key order. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === JSON_OID
      ? (text: string) => text
      : (pg.types.getTypeParser(oid, format) as unknown)) as typeof pg.types.getTypeParser,
};

/**
 * The process's one pool to Relay's database. snake_case in the database is camelCase here.
 * Acquiring a connection fails after 5 s, so that a lost database turns into a 503 and not into waiting requests.
 */
export function connectDatabase({ url, poolMax }: { url: string; poolMax: number }): Knex {
  return knex({
    client: 'pg',
    connection: {
      connectionString: url,
      types,
      application_name: 'relay',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      keepAlive: true,
      connectionTimeoutMillis: 5000,
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: poolMax },
    acquireConnectionTimeout: 5000,
    // Knex would print to the console what it also throws.
    log: { warn: () => undefined, error: () => undefined },
    ...knexSnakeCaseMappers(),
  });
}
