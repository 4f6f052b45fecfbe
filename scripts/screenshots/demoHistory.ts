import type { Knex } from 'knex';
import { v7 } from 'uuid';
import type { Webhook } from '../../contract/webhooks.ts';

const HOUR_MS = 3_600_000;
const DAYS = 30;
const ROWS_AT_ONCE = 400;

/** A repeatable "random" number from 0 to 1 (Lehmer), so that the pictures stay alike. */
function createDice(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** How busy an hour is, 0.2–1: most by day, little on a weekend. */
function busyness(at: Date): number {
  const hour = at.getUTCHours();
  const day = 0.35 + 0.65 * Math.max(0, Math.sin(((hour - 5) / 24) * Math.PI * 2));
  return at.getUTCDay() % 6 === 0 ? day * 0.45 : day;
}

/** Fills the last thirty days with finished deliveries of these webhooks, straight in the database: the API knows no past. */
export async function writeHistory(db: Knex, webhooks: readonly Webhook[], eventTypes: readonly string[]) {
  const dice = createDice(20_260_101);
  const events: object[] = [];
  const deliveries: object[] = [];
  const attempts: object[] = [];
  const now = Date.now();
  for (let hour = DAYS * 24; hour > 0; hour -= 1) {
    const from = now - hour * HOUR_MS;
    const isBadHour = hour === 31 || hour === 30 || hour === 9 || hour % 97 === 0;
    const amount = Math.round(busyness(new Date(from)) * (hour <= 48 ? 160 : 30) * (0.7 + dice() * 0.6));
    for (let n = 0; n < amount; n += 1) {
      const at = from + Math.floor(dice() * HOUR_MS);
      const webhook = webhooks[Math.floor(dice() * webhooks.length)];
      const eventType = eventTypes[Math.floor(dice() * eventTypes.length)];
      if (!webhook || !eventType || at >= now) continue;
      const hasFailed = dice() < (isBadHour ? 0.4 : 0.012);
      const [created_at, ids] = [new Date(at), [v7({ msecs: at }), v7({ msecs: at }), v7({ msecs: at })] as const];
      const own = { client_id: webhook.clientId, event_type: eventType, created_at, updated_at: created_at };
      const answer = hasFailed
        ? { http_status: 503, response_body: 'busy' }
        : { http_status: 200, response_body: 'ok' };
      const error = hasFailed ? { error_code: 'http_status', error_message: 'The endpoint answered 503' } : {};
      events.push({
        ...own,
        id: ids[0],
        payload: JSON.stringify({ orderId: 40_000 + n, total: '129.90' }),
        delivery_count: 1,
        open_count: 0,
        delivered_count: hasFailed ? 0 : 1,
        failed_count: hasFailed ? 1 : 0,
      });
      deliveries.push({
        ...own,
        ...answer,
        ...error,
        id: ids[1],
        event_id: ids[0],
        webhook_id: webhook.id,
        attempt_count: 1,
        workflow_id: `delivery:demo:${ids[0]}`,
        status: hasFailed ? 'failed' : 'delivered',
        last_attempt_at: created_at,
      });
      attempts.push({
        ...answer,
        ...error,
        id: ids[2],
        delivery_id: ids[1],
        number: 1,
        trigger: 'automatic',
        started_at: created_at,
        duration_ms: Math.round(18 + dice() ** 6 * 900 + dice() * 60),
      });
    }
  }
  await db.batchInsert('events', events, ROWS_AT_ONCE);
  await db.batchInsert('deliveries', deliveries, ROWS_AT_ONCE);
  await db.batchInsert('attempts', attempts, ROWS_AT_ONCE);
}
