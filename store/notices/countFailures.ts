import type { Knex } from 'knex';
import { leaveNotice } from './notice.ts';

/** Failed deliveries of a webhook are told of at most once in so long, in minutes. */
const TELL_MINUTES = 60;
const PAGE = 50;

/** Counts failed deliveries for the next notice. */
export async function countFailures(
  trx: Knex,
  failures: { webhookId: string; deliveryId: string; count: number },
): Promise<void> {
  await trx.raw(
    `INSERT INTO failure_counts AS f (webhook_id, count, delivery_id)
     SELECT id, :count, :deliveryId FROM webhooks WHERE id = :webhookId
     ON CONFLICT (webhook_id) DO UPDATE SET count = f.count + excluded.count, delivery_id = excluded.delivery_id`,
    failures,
  );
}

interface Counted {
  webhookId: string;
  deliveryId: string;
  count: number;
}

const DUE = `
  SELECT f.webhook_id AS "webhookId", f.delivery_id AS "deliveryId", f.count FROM failure_counts f
  WHERE f.count > 0 AND (f.told_at IS NULL OR f.told_at < now() - interval '${TELL_MINUTES} minutes')
  ORDER BY f.webhook_id LIMIT ${PAGE} FOR UPDATE SKIP LOCKED`;

/** Leaves a notice for each webhook whose failed deliveries are to be told of now. */
export async function noticeFailures(db: Knex): Promise<void> {
  await db.transaction(async (trx) => {
    const { rows } = await trx.raw<{ rows: Counted[] }>(DUE);
    for (const { webhookId, deliveryId, count } of rows) {
      const delivery = await trx('deliveries')
        .where({ id: deliveryId })
        .first<{ id: string; eventId: string; errorCode: string | null; errorMessage: string | null } | undefined>(
          'id',
          'eventId',
          'errorCode',
          'errorMessage',
        );
      await trx('failure_counts').where({ webhookId }).update({ count: 0, toldAt: trx.fn.now() });
      if (!delivery) continue;
      const { id, eventId, errorCode, errorMessage } = delivery;
      const error = errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' };
      const details = { delivery: { id, eventId, error }, count };
      await leaveNotice(trx, { eventType: 'relay.delivery.failed', webhookId, details });
    }
  });
}
