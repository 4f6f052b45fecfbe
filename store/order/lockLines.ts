import type { Knex } from 'knex';

/** Where the deliveries of one webhook and one ordering key follow one another. */
export interface OrderLine {
  webhookId: string;
  orderingKey: string;
}

/**
 * Locks lines until the transaction ends, so that it alone adds to them: what is committed first has the earlier place, whatever the
 * ids say. To be called after what may wait for other transactions is written (events, by their idempotency keys), and before the
 * deliveries are: whoever holds a line waits for nobody.
 * @param count how many places are wanted.
 * @returns these, in order; each is a whole number as text.
 */
export async function lockLines(trx: Knex.Transaction, lines: OrderLine[], count: number): Promise<string[]> {
  const bindings = { lines: toJson(lines), count };
  const { rows } = await trx.raw<{ rows: { place: string }[] }>(
    'SELECT place FROM lock_lines(CAST(:lines AS json), :count) AS place',
    bindings,
  );
  return rows.map(({ place }) => place);
}

/** Gives the turns that nobody has in these lines, which the transaction has locked, after deliveries were added to them. */
export async function giveFreeTurns(trx: Knex.Transaction, lines: OrderLine[]): Promise<void> {
  await trx.raw(
    `SELECT give_turns(array_agg(l.webhook_id), array_agg(l.ordering_key)) FROM order_lines l
     WHERE l.delivery_id IS NULL AND (l.webhook_id, l.ordering_key) IN (
       SELECT webhook_id, ordering_key FROM json_to_recordset(CAST(? AS json)) AS w (webhook_id uuid, ordering_key text))`,
    [toJson(lines)],
  );
}

function toJson(lines: OrderLine[]): string {
  return JSON.stringify(
    lines.map(({ webhookId, orderingKey }) => ({ webhook_id: webhookId, ordering_key: orderingKey })),
  );
}
