import type { Knex } from 'knex';

/** Webhooks that were disabled or deleted with a long backlog, which is closed page by page (store/deliveries/closeWaiting.ts). */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
    ALTER TABLE webhooks ADD COLUMN is_closing boolean NOT NULL DEFAULT false;
    CREATE INDEX webhooks_closing ON webhooks (id) WHERE is_closing;
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE webhooks DROP COLUMN is_closing');
}
