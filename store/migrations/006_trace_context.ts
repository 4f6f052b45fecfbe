import type { Knex } from 'knex';

/** The trace that an event was posted in, so that its deliveries, whoever makes them and whenever, belong to it. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`ALTER TABLE events ADD COLUMN traceparent text`);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`ALTER TABLE events DROP COLUMN traceparent`);
}
