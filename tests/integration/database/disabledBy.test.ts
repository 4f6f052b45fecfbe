import { expect, test } from 'vitest';
import { createDeliveryStore } from '../../../store/deliveries/deliveryStore.ts';
import { DISABLED_REASONS, type DisabledBy } from '../../../store/deliveries/webhookState.ts';
import { migrate } from '../../../store/migrate.ts';
import { migratedDatabase } from '../../support/migratedDatabase.ts';
import { undoMigration } from '../../support/migrations.ts';
import { attemptOf, createRows } from '../../support/rows.ts';

const database = migratedDatabase();

async function disabledBy(id: string): Promise<DisabledBy | null> {
  const [row] = await database()('webhooks').where({ id }).select<{ disabledBy: DisabledBy | null }[]>('disabledBy');
  return row?.disabledBy ?? null;
}

/** A webhook whose endpoint said that it is gone. */
async function answered410(): Promise<string> {
  const db = database();
  const rows = createRows(db);
  const webhookId = await rows.webhook();
  const deliveryId = await rows.delivery({ webhookId, eventId: await rows.event() }, { status: 'retrying' });
  const attempt = attemptOf({ deliveryId, webhookId }, { status: 'failed', endpoint: null, gone: true });
  await createDeliveryStore(db, { healthFailures: 10 }).record(attempt);
  return webhookId;
}

test('every reason that is written says by whom, also where it was written before and until it is active again', async () => {
  const db = database();
  const rows = createRows(db);
  const off = (disabledReason: string) => rows.webhook({ isActive: false, disabledReason });
  const ids = {
    creator: await off(DISABLED_REASONS.creator),
    operator: await off(DISABLED_REASONS.operator),
    gone: await answered410(),
    // The releases before wrote it.
    exhaustion: await off('20 deliveries in a row failed'),
    outage: await off('Down for 120 hours'),
  };
  const eachIsRight = async () => {
    for (const [by, id] of Object.entries(ids)) expect(await disabledBy(id)).toBe(by);
  };
  await eachIsRight();
  await undoMigration(db, '017_endpoint_health');
  await migrate(db);
  await eachIsRight();
  // The release before writes nothing but the words.
  await db('webhooks').where({ id: ids.gone }).update({ disabledReason: DISABLED_REASONS.operator });
  expect(await disabledBy(ids.gone)).toBe('operator');
  await db('webhooks').where({ id: ids.creator }).update({ isActive: true });
  expect(await disabledBy(ids.creator)).toBe(null);
});
