import {
  Event,
  EventBatchResult,
  EventFilter,
  EventListQuery,
  EventPage,
  EventStats,
  EventStatsQuery,
  EventWithDeliveries,
  IdempotencyKey,
  MAX_BATCH_BYTES,
  MAX_BATCH_EVENTS,
  EraseEvents,
  EventCount,
  EventInput,
  EventBatchInput,
  Replay,
} from '../../contract/events.ts';
import { Batch } from '../../contract/batches.ts';
import { OneOf } from '../../contract/primitives.ts';
import { traceIdOf } from '../../activities/http/traceparent.ts';
import { presentBatch } from '../batches/presentBatch.ts';
import type { StartBatchServices } from '../batches/startBatch.ts';
import { erasePayload } from './erasure/erasePayload.ts';
import { countErasable, startErasure } from './erasure/startErasure.ts';
import { presentEvent, presentEventWithDeliveries, presentSummary } from './presentEvent.ts';
import { EVENT_COLUMNS } from './exportedColumns.ts';
import { describeExport, EXPORT_FORMATS, exportRows } from '../listing/exportRows.ts';
import type { Exports } from '../listing/Exports.ts';
import { validationProblem } from '../http/problem.ts';
import { deliveriesOfEvent, findEvent, listEvents } from './queries.ts';
import { eventStatistics } from '../statistics/eventStatistics.ts';
import { replayEvent, type ReplayServices } from './replayEvent.ts';
import { route, type Route } from '../http/route.ts';
import { acceptBatch, type AcceptBatchServices } from './acceptBatch.ts';
import { acceptEvent, oneIdempotencyKey } from './acceptEvent.ts';

/** A batch counts as one request for each so many events begun (docs/CONTRACT.md §2). */
const EVENTS_PER_REQUEST = 50;

export interface EventServices extends ReplayServices, AcceptBatchServices, Pick<StartBatchServices, 'wakeBatches'> {
  eventTypes: ReplayServices['eventTypes'] & AcceptBatchServices['eventTypes'];
  exports: Exports;
}

const tag = 'Events';

export const eventRoutes: Route<EventServices>[] = [
  route({
    method: 'POST',
    path: '/api/events',
    access: 'events:write',
    waitsElsewhere: true,
    tag,
    summary: 'Post an event',
    description:
      'Recorded with its deliveries before the answer, and delivered from then on whatever crashes. With an idempotency key, posting again is harmless: the first event is answered with 200. At most 256 KiB.',
    requestHeaders: {
      'Idempotency-Key': {
        ...IdempotencyKey,
        description:
          'Instead of idempotencyKey in the body; when both are given they must agree. It is taken as it stands: quotes belong to it.',
      },
    },
    body: { schema: EventInput, unread: 'payload', limitBytes: ({ maxEventBytes }) => maxEventBytes },
    responses: { 200: Event, 202: Event },
    responseHeaders: {
      200: { 'Idempotent-Replayed': OneOf(['true'], { description: 'The event was there before; nothing was made.' }) },
    },
    problems: ['idempotency_conflict', 'payload_invalid', 'payload_too_complex'],
    async handle(services, { identity, requestId, body, json, header }) {
      const idempotencyKey = oneIdempotencyKey(body.idempotencyKey, header('idempotency-key'));
      const { event, replayed } = await acceptEvent(services, identity, { ...body, idempotencyKey }, json);
      const { id: eventId, clientId, eventType } = event;
      const trace = traceIdOf(identity.traceparent);
      services.logger.info('event accepted', { requestId, ...trace, eventId, clientId, eventType, replayed });
      if (replayed) return { status: 200, body: presentEvent(event), headers: { 'Idempotent-Replayed': 'true' } };
      return { status: 202, body: presentEvent(event) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/events/batch',
    access: 'events:write',
    waitsElsewhere: true,
    tag,
    summary: 'Post many events',
    description:
      'Up to 500 events and 4 MiB. Each event is taken by itself: `results` has one entry for each, in order, with the status that it alone would have got. It counts against the rate limit as one request for each 50 events begun.',
    body: { schema: EventBatchInput, list: { of: 'events', max: MAX_BATCH_EVENTS }, limitBytes: () => MAX_BATCH_BYTES },
    responses: { 202: EventBatchResult },
    async handle(services, { identity, requestId, body, json, header, countMore, inTurns }) {
      if (header('idempotency-key') !== undefined) {
        throw validationProblem([{ path: 'Idempotency-Key', message: 'is not for batches; give each event its own' }]);
      }
      const requests = Math.ceil(body.events.length / EVENTS_PER_REQUEST);
      if (requests > 1) await countMore(requests - 1);
      const results = await acceptBatch(services, identity, { items: json.items, requestId, inTurns });
      return { status: 202, body: { results } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/events',
    access: 'events:read',
    tag,
    summary: 'List events',
    description: 'Newest first. A summary leaves the payloads out.',
    query: EventListQuery,
    responses: { 200: EventPage },
    async handle({ db }, { identity, query }) {
      const { rows, pagination } = await listEvents(db, identity, query);
      const present = query.view === 'summary' ? presentSummary : presentEvent;
      return { status: 200, body: { data: rows.map(present), pagination } };
    },
  }),
  ...EXPORT_FORMATS.map((format) =>
    route<string, EventServices, typeof EventFilter>({
      ...describeExport('events', format),
      path: `/api/events/export.${format}`,
      access: 'events:read',
      tag,
      query: EventFilter,
      handle: ({ db, exports }, call) =>
        exportRows({
          ...{ exports, call, format, name: 'events', columns: EVENT_COLUMNS },
          async read(page) {
            const query = { ...call.query, ...page, view: 'summary' as const };
            const { rows, pagination } = await listEvents(db, call.identity, query);
            return { data: rows.map(presentSummary), pagination };
          },
        }),
    }),
  ),
  route({
    method: 'GET',
    path: '/api/events/stats/summary',
    access: 'events:read',
    tag,
    summary: 'Statistics of events',
    operationId: 'getEventStats',
    description: 'At most 400 intervals; their length fits the span and is named.',
    query: EventStatsQuery,
    responses: { 200: EventStats },
    async handle({ db }, { identity, query }) {
      return { status: 200, body: await eventStatistics(db, identity, query) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/events/:id',
    access: 'events:read',
    tag,
    summary: 'Read an event with its deliveries',
    responses: { 200: EventWithDeliveries },
    async handle({ db }, { identity, params }) {
      const event = await findEvent(db, identity, params.id);
      return { status: 200, body: await presentEventWithDeliveries(db, event, await deliveriesOfEvent(db, event.id)) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/events/:id/replay',
    access: 'events:write',
    tag,
    summary: 'Deliver an event again',
    description:
      'Makes new deliveries, to the given webhooks or to all that match now, with the same `webhook-id`: a receiver that took the event before can tell.',
    body: { schema: Replay, optional: true },
    responses: { 202: EventWithDeliveries },
    problems: ['webhook_disabled', 'payload_erased'],
    async handle(services, { identity, params, body }) {
      const { event, deliveries } = await replayEvent(services, identity, params.id, body.webhookIds);
      return { status: 202, body: await presentEventWithDeliveries(services.db, event, deliveries.toReversed()) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/events/:id/payload',
    access: 'admin',
    tag,
    summary: 'Erase a payload',
    operationId: 'erasePayload',
    description:
      'Takes the payload, and the answers that its attempts got, out for good; the event, its deliveries, their states and times stay. What was still to be delivered is cancelled. An idempotency key holds on, by a digest.',
    responses: { 204: null },
    async handle(services, { identity, params }) {
      await erasePayload(services, identity, params.id);
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/api/events/erase',
    access: 'admin',
    tag,
    summary: 'Erase many payloads',
    operationId: 'eraseEvents',
    description: 'Of every event that matches now. A dry run answers 200 with their number.',
    body: { schema: EraseEvents },
    responses: { 200: EventCount, 202: Batch },
    async handle(services, { identity, body: { filter, dryRun } }) {
      if (dryRun) return { status: 200, body: { count: await countErasable(services, identity, filter) } };
      return { status: 202, body: presentBatch(await startErasure(services, identity, filter)) };
    },
  }),
];
