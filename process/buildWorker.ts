import { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { createHousekeepingActivities } from '../activities/housekeeping.ts';
import { createActivities } from '../activities/createActivities.ts';
import type { Sender } from '../activities/http/sender.ts';
import type { Webhooks } from '../activities/ports.ts';
import { advanceBatch } from '../store/batches/advanceBatch.ts';
import { createDeliveryStore } from '../store/deliveries/deliveryStore.ts';
import { readDeliveryState } from '../store/deliveries/readDeliveryState.ts';
import { createOutboxStore } from '../store/deliveries/outbox.ts';
import { createPacer } from '../store/deliveries/pacer.ts';
import { closeWaiting } from '../store/deliveries/closeWaiting.ts';
import { handOverOverdue } from '../store/deliveries/handOverOverdue.ts';
import { removeExpired } from '../store/deliveries/removeExpired.ts';
import { CHANNELS } from '../store/channels.ts';
import type { Listener } from '../store/listen.ts';
import { startRollups } from '../store/rollups/startRollups.ts';
import { endBatch } from '../store/batches/endBatch.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from './metrics/createMetrics.ts';
import type { Tracing } from '../ops/tracing/tracing.ts';
import { startBatches, type BatchStarter } from '../temporal/batchStarter.ts';
import type { TemporalConnection } from '../temporal/connection.ts';
import { callBackRetry, createDeliveryWorkflows, endDeliveryWorkflow } from '../temporal/deliveryWorkflows.ts';
import { Dispatcher } from '../temporal/dispatcher/Dispatcher.ts';
import { repeat } from '../ops/repeat.ts';
import { createDeliveryWorker } from '../temporal/worker.ts';

export interface WorkerParts {
  db: Knex;
  listener: Listener;
  webhooks: Webhooks;
  sender: Sender;
  temporal: TemporalConnection;
  taskQueue: string;
  manualRetryWindowMs: number;
  autoDisableAfter: number;
  shutdownGraceMs: number;
  retentionDays: number;
  logger: Logger;
  tracing: Tracing;
  metrics: Pick<
    Metrics,
    | 'attemptEnded'
    | 'attemptsCommitted'
    | 'deliveriesClaimed'
    | 'deliveryMissing'
    | 'dispatchFailed'
    | 'overdueHandedOver'
  >;
}

export interface RelayWorker {
  dispatcher: Dispatcher;
  batches: BatchStarter;
  /** Rejects when the worker fails for good. */
  failed: Promise<never>;
  /** Takes no more work, lets attempts that are under way end, and leaves the rest to others. */
  stop: () => Promise<void>;
}

/** How often deliveries are looked for that should have been attempted minutes ago, in ms. */
const OVERDUE_SWEEP_MS = 5000;
/** How often webhooks are looked for that were disabled or deleted with more waiting than was closed at once, in ms. */
const CLOSING_MS = 1000;

/** The worker of a process and its dispatcher: everything that turns recorded deliveries into sent ones. */
export async function buildWorker(options: WorkerParts): Promise<RelayWorker> {
  const { db, webhooks, sender, temporal, taskQueue, manualRetryWindowMs, logger, metrics } = options;
  const client = new Client(temporal);
  const dispatcher = new Dispatcher({
    outbox: createOutboxStore(db),
    workflows: createDeliveryWorkflows(client, { taskQueue, manualRetryWindowMs }),
    logger,
    onClaimed: metrics.deliveriesClaimed,
    onFailed: metrics.dispatchFailed,
  });
  const activities = createActivities({
    store: createDeliveryStore(db, { autoDisableAfter: options.autoDisableAfter, onCommit: metrics.attemptsCommitted }),
    webhooks,
    jobs: dispatcher,
    pacer: createPacer(db),
    sender,
    logger,
    tracing: options.tracing,
    onAttempt: metrics.attemptEnded,
    onMissingDelivery: metrics.deliveryMissing,
    // One that is not called comes back by itself, late.
    callBack: (retry) =>
      void callBackRetry(client, retry).catch((error: unknown) =>
        logger.warn('A retry could not be called back', { workflowId: retry.workflowId, error }),
      ),
    onAttemptEnded: (deliveryId, outcome) => dispatcher.attemptEnded(deliveryId, outcome),
  });
  const housekeeping = createHousekeepingActivities({
    advanceBatch: (id) => advanceBatch(db, id),
    endBatch: async (id) => (await db.transaction((trx) => endBatch(trx, id))).batch,
    removeExpired: () =>
      removeExpired(db, {
        days: options.retentionDays,
        manualRetryWindowMs,
        endWorkflow: (workflowId) => endDeliveryWorkflow(client, workflowId),
      }),
  });
  const worker = await createDeliveryWorker({
    ...temporal,
    taskQueue,
    activities: { ...activities, ...housekeeping },
    readState: (deliveryId) => readDeliveryState(db, deliveryId),
    shutdownGraceMs: options.shutdownGraceMs,
  });
  let stopping = false;
  const running = worker.run();
  const failed = running.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => {
      if (stopping) return new Promise<never>(() => undefined);
      throw error;
    },
  );
  dispatcher.start();
  const overdue = repeat(
    async () => {
      const deliveries = await handOverOverdue(db);
      if (deliveries === 0) return;
      metrics.overdueHandedOver(deliveries);
      logger.warn('Deliveries that were minutes overdue are handed to Temporal again', { deliveries });
    },
    { everyMs: OVERDUE_SWEEP_MS, failure: 'Overdue deliveries could not be looked for', logger },
  );
  const closing = repeat(async (stopping) => void (await closeWaiting(db, stopping)), {
    everyMs: CLOSING_MS,
    failure: 'Deliveries of webhooks that are not active could not be closed',
    logger,
  });
  const batches = startBatches(db, client, { taskQueue, logger });
  const hours = startRollups(db, logger);
  await options.listener.subscribe({
    channels: [CHANNELS.outbox],
    onNotification: () => dispatcher.wake(),
    onReconnected: () => Promise.resolve(dispatcher.wake()),
  });
  return {
    dispatcher,
    batches,
    failed,
    async stop() {
      stopping = true;
      await hours.stop();
      await Promise.all([batches.stop(), overdue.stop(), closing.stop()]);
      await dispatcher.stop();
      worker.shutdown();
      await running.catch((error: unknown) => logger.warn('The worker did not stop cleanly', { error }));
    },
  };
}
