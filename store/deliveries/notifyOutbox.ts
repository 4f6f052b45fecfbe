import type { Knex } from 'knex';

/** Tells the dispatchers of all processes, once the transaction is committed, that the outbox has something for them. */
export async function notifyOutbox(trx: Knex): Promise<void> {
  await trx.raw(`SELECT pg_notify('relay_outbox', '')`);
}
