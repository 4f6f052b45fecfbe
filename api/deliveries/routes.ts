import { Batch } from '../../contract/batches.ts';
import {
  Backlog,
  BulkRetry,
  Delivery,
  DeliveryCount,
  DeliveryDetail,
  DeliveryFilter,
  DeliveryListQuery,
  DeliveryPage,
  DeliveryStats,
  DeliveryStatsQuery,
  History,
} from '../../contract/deliveries.ts';
import type { WorkflowInspector } from '../../temporal/inspector.ts';
import { presentBatch } from '../batches/presentBatch.ts';
import { presentDeliveries, presentOneDelivery, summaryOf } from './presentDelivery.ts';
import { DELIVERY_COLUMNS } from './exportedColumns.ts';
import { describeExport, EXPORT_FORMATS, exportRows } from '../listing/exportRows.ts';
import type { Exports } from '../listing/Exports.ts';
import { ApiProblem } from '../http/problem.ts';
import { findDelivery, listDeliveries } from './queries.ts';
import { readBacklog } from './backlog.ts';
import { readDelivery } from './readDelivery.ts';
import { deliveryStatistics } from '../statistics/deliveryStatistics.ts';
import { countRetryable, startBatch, type StartBatchServices } from '../batches/startBatch.ts';
import { requestCancel } from './requestCancel.ts';
import { requestRetry } from './requestRetry.ts';
import { route, type Route } from '../http/route.ts';

export interface DeliveryServices extends StartBatchServices {
  inspector: WorkflowInspector;
  exports: Exports;
  /** Where receivers reach Relay's API. */
  publicUrl: string;
}

const tag = 'Deliveries';

export const deliveryRoutes: Route<DeliveryServices>[] = [
  route({
    method: 'GET',
    path: '/api/deliveries',
    access: 'deliveries:read',
    tag,
    summary: 'List deliveries',
    description: 'Newest first. A summary leaves out what was answered.',
    query: DeliveryListQuery,
    responses: { 200: DeliveryPage },
    async handle({ db }, { identity, query }) {
      const { rows, pagination } = await listDeliveries(db, identity, query);
      const deliveries = await presentDeliveries(db, rows);
      const data = query.view === 'summary' ? deliveries.map(summaryOf) : deliveries;
      return { status: 200, body: { data, pagination } };
    },
  }),
  ...EXPORT_FORMATS.map((format) =>
    route<string, DeliveryServices, typeof DeliveryFilter>({
      ...describeExport('deliveries', format),
      path: `/api/deliveries/export.${format}`,
      access: 'deliveries:read',
      tag,
      query: DeliveryFilter,
      handle: ({ db, exports }, call) =>
        exportRows({
          ...{ exports, call, format, name: 'deliveries', columns: DELIVERY_COLUMNS },
          async read(page) {
            const query = { ...call.query, ...page, view: 'summary' as const };
            const { rows, pagination } = await listDeliveries(db, call.identity, query);
            return { data: (await presentDeliveries(db, rows)).map(summaryOf), pagination };
          },
        }),
    }),
  ),
  route({
    method: 'GET',
    path: '/api/deliveries/stats/summary',
    access: 'deliveries:read',
    tag,
    summary: 'Statistics of deliveries',
    operationId: 'getDeliveryStats',
    description: 'At most 400 intervals; their length fits the span and is named.',
    query: DeliveryStatsQuery,
    responses: { 200: DeliveryStats },
    async handle({ db }, { identity, query }) {
      return { status: 200, body: await deliveryStatistics(db, identity, query) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/deliveries/stats/backlog',
    access: 'deliveries:read',
    waitsElsewhere: true,
    tag,
    summary: 'What is still to be done',
    operationId: 'getBacklog',
    description: 'Now: what waits for its first attempt or its next one, since when, and how many workers there are.',
    responses: { 200: Backlog },
    async handle({ db, inspector }, { identity }) {
      const [backlog, workers] = await Promise.all([readBacklog(db, identity), inspector.workers().catch(() => null)]);
      return { status: 200, body: { ...backlog, workers } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/deliveries/:id',
    access: 'deliveries:read',
    waitsElsewhere: true,
    tag,
    summary: 'Read a delivery',
    description: 'With its attempts, what they sent, and its Temporal workflow.',
    responses: { 200: DeliveryDetail },
    async handle(services, { identity, params }) {
      return { status: 200, body: await readDelivery(services, identity, params.id) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/deliveries/:id/history',
    access: 'deliveries:read',
    waitsElsewhere: true,
    tag,
    summary: 'The workflow, step by step',
    description: 'Read from Temporal; empty when Temporal knows none: it has not begun, or is kept no more.',
    responses: { 200: History },
    problems: ['unavailable'],
    async handle({ db, inspector }, { identity, params }) {
      const delivery = await findDelivery(db, identity, params.id);
      const data = await inspector.history(delivery.workflowId).catch((cause: unknown) => {
        throw new ApiProblem('unavailable', 'Temporal cannot be reached. Try again.', { cause });
      });
      return { status: 200, body: { data: data ?? [] } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/deliveries/:id/retry',
    access: 'deliveries:write',
    tag,
    summary: 'Try again now',
    description:
      'A waiting delivery is tried now and its schedule goes on after it; a finished one gets one attempt. One that was delivered is for replay.',
    responses: { 202: Delivery },
    problems: ['not_retryable', 'payload_erased', 'webhook_disabled'],
    async handle(services, { identity, params }) {
      return {
        status: 202,
        body: await presentOneDelivery(services.db, await requestRetry(services, identity, params.id)),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/api/deliveries/:id/cancel',
    access: 'deliveries:write',
    tag,
    summary: 'Stop further attempts',
    description:
      'An attempt that is being made is left to end. A failed delivery that holds up others of its ordering key can be cancelled, too, which lets them go.',
    responses: { 202: Delivery },
    problems: ['not_cancellable'],
    async handle(services, { identity, params }) {
      return {
        status: 202,
        body: await presentOneDelivery(services.db, await requestCancel(services, identity, params.id)),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/api/deliveries/retry',
    access: 'deliveries:write',
    tag,
    summary: 'Try everything that matches again',
    operationId: 'retryDeliveries',
    description:
      'Takes every delivery that matches and is `failed`, `skipped` or `cancelled`, with an active webhook. A dry run answers 200 with their number.',
    body: { schema: BulkRetry },
    responses: { 200: DeliveryCount, 202: Batch },
    async handle(services, { identity, body: { filter, dryRun } }) {
      if (dryRun) return { status: 200, body: { count: await countRetryable(services, identity, filter) } };
      return { status: 202, body: presentBatch(await startBatch(services, identity, { kind: 'retry', filter })) };
    },
  }),
];
