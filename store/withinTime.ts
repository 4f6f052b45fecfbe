import type { Knex } from 'knex';
import { sqlState } from './errors.ts';

const QUERY_CANCELED = '57014';

/** Reads with statements that may take so long (ms) each; null when one took longer. */
export async function withinTime<T>(
  db: Knex,
  statementMs: number,
  read: (trx: Knex.Transaction) => Promise<T>,
): Promise<T | null> {
  try {
    return await db.transaction(
      async (trx) => {
        await trx.raw(`SELECT set_config('statement_timeout', :statementMs, true)`, { statementMs: `${statementMs}` });
        return read(trx);
      },
      { readOnly: true },
    );
  } catch (error) {
    if (sqlState(error) === QUERY_CANCELED) return null;
    throw error;
  }
}
