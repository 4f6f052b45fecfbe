import type { Knex } from 'knex';

/** Whether a content says the same as the payload that was taken out of this event. */
export async function hasDigestOf(db: Knex, eventId: string, payload: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: [] }>(
    'SELECT FROM events WHERE id = :eventId AND payload_digest = content_digest(id, :payload)',
    { eventId, payload },
  );
  return rows.length > 0;
}
