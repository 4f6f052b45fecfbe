import { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import type { Knex } from 'knex';
import { createHousekeepingActivities } from '../activities/housekeeping.ts';
import { createActivities } from '../activities/createActivities.ts';
import { createFirstAttempts } from '../activities/firstAttempts.ts';
import { tryEndpoint } from '../activities/tryEndpoint.ts';
import type { HealthActivities } from '../activities/types.ts';
import type { Sender } from '../activities/http/sender.ts';
import type { Webhooks } from '../activities/ports.ts';
import { advanceBatch } from '../store/batches/advanceBatch.ts';
import { createDeliveryStore } from '../store/deliveries/deliveryStore.ts';
import { readDeliveryState } from '../store/deliveries/readDeliveryState.ts';
import { createOutboxStore } from '../store/deliveries/outbox.ts';
import { createPacer } from '../store/deliveries/pacer.ts';
import { closeWaiting } from '../store/deliveries/closeWaiting.ts';
import { handOverOverdue } from '../store/deliveries/handOverOverdue.ts';
import { releaseScheduled } from '../store/deliveries/releaseScheduled.ts';
import { releaseTurns } from '../store/order/releaseTurns.ts';
import { removeExpired } from '../store/deliveries/removeExpired.ts';
import { CHANNELS } from '../store/channels.ts';
import type { Listener } from '../store/listen.ts';
import { eraseDelivered } from '../store/erasure/eraseDelivered.ts';
import { eraseLateAnswers } from '../store/erasure/eraseEvents.ts';
import { eraseOutlived } from '../store/erasure/eraseOutlived.ts';
import { startRollups } from '../store/rollups/startRollups.ts';
import { followChanges } from '../store/health/followChanges.ts';
import { createHealthStore } from '../store/health/healthStore.ts';
import { usualPace } from '../store/health/usualPace.ts';
import { endBatch } from '../store/batches/endBatch.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from './metrics/createMetrics.ts';
import type { Tracing } from '../ops/tracing/tracing.ts';
import { watchHealth } from '../temporal/healthWatch.ts';
import { startBatches, type BatchStarter } from '../temporal/batchStarter.ts';
import type { AccessTokens } from '../activities/http/accessTokens.ts';
import type { TemporalConnection } from '../temporal/connection.ts';
import { callBackRetry, createDeliveryWorkflows, endDeliveryWorkflow } from '../temporal/deliveryWorkflows.ts';
import { Dispatcher } from '../temporal/dispatcher/Dispatcher.ts';
import { repeat, type Repeated } from '../ops/repeat.ts';
import { createDeliveryWorker } from '../temporal/worker.ts';

export interface WorkerParts {
  db: Knex;
  listener: Listener;
  webhooks: Webhooks;
  healthFailures: number;
  autoRecover: boolean;
  autoDisableAfterHours: number;
  sender: Sender;
  /** What receivers by OAuth take; the process has one of each. */
  tokens: AccessTokens;
  taskQueue: string;
  manualRetryWindowMs: number;
  /** Where receivers reach Relay's API. */
  publicUrl: string;
  shutdownGraceMs: number;
  retentionDays: number;
  auditRetentionDays: number;
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
  /** Tells it that a batch is to be started. */
  wakeBatches: () => void;
  /** Makes first attempts from now on. Called once. */
  start: () => Promise<void>;
  /** Temporal is there: workflows run from now on. Called once, before the start or after it. */
  connect: (temporal: TemporalConnection) => Promise<void>;
  /** Rejects when the worker fails for good. */
  failed: Promise<never>;
  /** Takes no more work, lets attempts that are under way end, and leaves the rest to others. */
  stop: () => Promise<void>;
}

/** What runs once Temporal is there. */
interface Workflows {
  worker: Worker;
  batches: BatchStarter;
  ladders: Repeated;
  running: Promise<void>;
}

/** How often deliveries are looked for that should have been attempted minutes ago, in ms. */
const OVERDUE_SWEEP_MS = 5000;
/** How often deliveries are looked for whose time has come, in ms. */
const SCHEDULED_MS = 400;
/** How often it is looked for turns in an order that nobody has, in ms. */
const TURNS_MS = 1000;
/** How often webhooks are looked for that were disabled or deleted with more waiting than was closed at once, in ms. */
const CLOSING_MS = 1000;
/** How often it is looked for changes of health that another process has found, in ms. */
const HEALTH_MS = 2000;
/** How often answers are looked for that came after their event was erased, in ms. */
const ERASING_MS = 5000;
/** How often payloads are looked for that were to be kept until they are delivered, and those whose days are over, in ms. */
const [ERASE_DELIVERED_MS, ERASE_OUTLIVED_MS] = [1000, 60_000];

/**
 * The worker of a process and its dispatcher: everything that turns recorded deliveries into sent ones. First attempts need no
 * Temporal; one that is there is best connected before the start, so that workflows begin beside them.
 */
export function buildWorker(options: WorkerParts): RelayWorker {
  const { db, webhooks, sender, taskQueue, manualRetryWindowMs, logger, metrics } = options;
  const attempting = {
    store: createDeliveryStore(db, { healthFailures: options.healthFailures, onCommit: metrics.attemptsCommitted }),
    webhooks,
    pacer: createPacer(db),
    sender,
    logger,
    tracing: options.tracing,
    publicUrl: options.publicUrl,
    tokens: options.tokens,
    onAttempt: metrics.attemptEnded,
  };
  const firstAttempts = createFirstAttempts(attempting, logger);
  const dispatcher = new Dispatcher({
    outbox: createOutboxStore(db),
    attempts: firstAttempts,
    logger,
    onClaimed: metrics.deliveriesClaimed,
    onFailed: metrics.dispatchFailed,
    health: webhooks,
    usualPace: (webhookId) => usualPace(db, webhookId),
  });
  let stopping = false;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));

  async function runWorkflows(temporal: TemporalConnection): Promise<Workflows> {
    const client = new Client(temporal);
    const activities = createActivities({
      ...attempting,
      firstAttempts,
      onMissingDelivery: metrics.deliveryMissing,
      // One that is not called comes back by itself, late.
      callBack: (retry) =>
        void callBackRetry(client, retry).catch((error: unknown) =>
          logger.warn('A retry could not be called back', { workflowId: retry.workflowId, error }),
        ),
      onWorkflowRuns: (deliveryId) => dispatcher.workflowRuns(deliveryId),
      onAttemptEnded: (deliveryId, outcome) => dispatcher.attemptEnded(deliveryId, outcome),
    });
    const health = createHealthStore(db, { disableAfterHours: options.autoDisableAfterHours });
    const trials: HealthActivities = { tryEndpoint: (request) => tryEndpoint({ ...attempting, health }, request) };
    const housekeeping = createHousekeepingActivities({
      advanceBatch: (id) => advanceBatch(db, id),
      endBatch: async (id) => (await db.transaction((trx) => endBatch(trx, id))).batch,
      removeExpired: () =>
        removeExpired(db, {
          days: options.retentionDays,
          auditDays: options.auditRetentionDays,
          manualRetryWindowMs,
          endWorkflow: (workflowId) => endDeliveryWorkflow(client, workflowId),
        }),
    });
    const worker = await createDeliveryWorker({
      ...temporal,
      taskQueue,
      activities: { ...activities, ...trials, ...housekeeping },
      readState: (deliveryId) => readDeliveryState(db, deliveryId),
      shutdownGraceMs: options.shutdownGraceMs,
    });
    const running = worker.run();
    running.catch((error: unknown) => {
      if (!stopping) fail(error);
    });
    dispatcher.startWorkflows(createDeliveryWorkflows(client, { taskQueue, manualRetryWindowMs }));
    const watch = { taskQueue, logger };
    return { worker, running, batches: startBatches(db, client, watch), ladders: watchHealth(db, client, watch) };
  }

  let connecting: Promise<Workflows> | null = null;
  let batches: BatchStarter | null = null;
  let ladders: Repeated | null = null;
  let sweeps: { stop: () => Promise<void> }[] = [];

  async function start(): Promise<void> {
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
    const scheduled = repeat(async () => void (await releaseScheduled(db)), {
      everyMs: SCHEDULED_MS,
      failure: 'Deliveries whose time has come could not be looked for',
      logger,
    });
    const turns = repeat(() => releaseTurns(db), {
      everyMs: TURNS_MS,
      failure: 'Turns that are to be given could not be looked for',
      logger,
    });
    const closing = repeat(async (stopping) => void (await closeWaiting(db, stopping)), {
      everyMs: CLOSING_MS,
      failure: 'Deliveries of webhooks that are not active could not be closed',
      logger,
    });
    const changes = repeat(
      async () => {
        if ((await followChanges(db, { autoRecover: options.autoRecover })) > 0) batches?.wake();
      },
      { everyMs: HEALTH_MS, failure: 'What follows from the health of webhooks could not be done', logger },
    );
    const erasing = repeat(() => eraseLateAnswers(db), {
      everyMs: ERASING_MS,
      failure: 'Late answers of erased events could not be erased',
      logger,
    });
    const delivered = repeat(async (stopping) => void (await eraseDelivered(db, stopping)), {
      everyMs: ERASE_DELIVERED_MS,
      failure: 'The payloads of delivered events could not be erased',
      logger,
    });
    const outlived = repeat(
      async (stopping) => {
        const events = await eraseOutlived(db, stopping);
        if (events > 0) logger.info('The payloads of events were erased whose days are over', { events });
      },
      { everyMs: ERASE_OUTLIVED_MS, failure: 'Payloads whose days are over could not be erased', logger },
    );
    const erasures = [erasing, delivered, outlived];
    sweeps = [overdue, scheduled, turns, closing, changes, ...erasures, startRollups(db, logger)];
    const wakeHealth = () => {
      changes.wake();
      ladders?.wake();
      dispatcher.wake();
    };
    await options.listener.subscribe({
      channels: [CHANNELS.webhooks],
      onNotification: wakeHealth,
      onReconnected: () => Promise.resolve(wakeHealth()),
    });
    await options.listener.subscribe({
      channels: [CHANNELS.outbox],
      onNotification: () => dispatcher.wake(),
      onReconnected: () => Promise.resolve(dispatcher.wake()),
    });
  }

  return {
    dispatcher,
    failed,
    wakeBatches: () => batches?.wake(),
    start,
    async connect(temporal) {
      if (stopping) return;
      connecting = runWorkflows(temporal);
      ({ batches, ladders } = await connecting);
    },
    async stop() {
      stopping = true;
      const workflows = await connecting?.catch(() => null);
      await Promise.all(
        [...(workflows ? [workflows.batches, workflows.ladders] : []), ...sweeps].map((sweep) => sweep.stop()),
      );
      await dispatcher.stop(options.shutdownGraceMs);
      workflows?.worker.shutdown();
      await workflows?.running.catch((error: unknown) => logger.warn('The worker did not stop cleanly', { error }));
    },
  };
}
