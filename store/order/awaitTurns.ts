import type { Knex } from 'knex';

/** A delivery, with its place in the order of its key; null where it has none. */
interface Placed {
  id: string;
  orderPlace: string | null;
}

/**
 * Has deliveries that are to be attempted again wait for their turns, at the places that they had, where that is not now. To be called
 * in the transaction that has put them into the outbox. Costs nothing where none of them has a place.
 */
export async function awaitTurns(trx: Knex.Transaction, deliveries: Placed[]): Promise<void> {
  const ids = deliveries.filter(({ orderPlace }) => orderPlace !== null).map(({ id }) => id);
  if (ids.length > 0) await trx.raw('SELECT await_turns(CAST(? AS uuid[]))', [ids]);
}

/**
 * Whether it is the delivery's turn; else it is put into its line, and its turn comes by way of the outbox. Of a delivery that is not
 * there it is not.
 */
export async function takeTurn(db: Knex, deliveryId: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `SELECT FROM deliveries d JOIN order_lines l
       ON l.webhook_id = d.webhook_id AND l.ordering_key = d.ordering_key AND l.delivery_id = d.id
     WHERE d.id = ?`,
    [deliveryId],
  );
  if (rows.length > 0) return true;
  const added = await db.raw<{ rows: unknown[] }>('SELECT await_turns(ARRAY[CAST(? AS uuid)])', [deliveryId]);
  return added.rows.length === 0;
}
