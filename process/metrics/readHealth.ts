import type { Knex } from 'knex';
import {
  HEALTH_STATES,
  HOLD_REASONS,
  OPEN_DELIVERY_STATUSES,
  type HealthState,
  type HoldReason,
} from '../../contract/statuses.ts';
import { countHeld } from '../../store/health/countHeld.ts';

/** A scrape does not wait longer for the database, in ms. */
const PATIENCE_MS = 2000;

export interface HealthCounts {
  webhooks: Record<HealthState, number>;
  held: Record<HoldReason, number>;
}

/** How many active webhooks are well and down, and how many deliveries are held. @throws when the database does not answer in time. */
export async function readHealth(db: Knex): Promise<HealthCounts> {
  const active = db('webhooks').where({ isActive: true, deletedAt: null });
  const states = await active
    .clone()
    .groupBy('healthState')
    .select('healthState', db.raw('CAST(count(*) AS integer) AS count'))
    .timeout(PATIENCE_MS);
  const webhooks = zero(HEALTH_STATES);
  for (const { healthState, count } of states as { healthState: HealthState; count: number }[])
    webhooks[healthState] = count;
  const held = zero(HOLD_REASONS);
  const down = webhooks.down > 0 ? await active.clone().where({ healthState: 'down' }).pluck<string[]>('id') : [];
  for (const count of (await countHeld(db, down)).values()) held.endpoint_down += count;
  const reasons = await db('deliveries')
    .whereNotNull('holdReason')
    .whereIn('status', OPEN_DELIVERY_STATUSES)
    .whereNotIn('webhookId', down)
    .groupBy('holdReason')
    .select('holdReason', db.raw('CAST(count(*) AS integer) AS count'))
    .timeout(PATIENCE_MS);
  for (const { holdReason, count } of reasons as { holdReason: HoldReason; count: number }[]) held[holdReason] = count;
  return { webhooks, held };
}

function zero<T extends string>(names: readonly T[]): Record<T, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<T, number>;
}
