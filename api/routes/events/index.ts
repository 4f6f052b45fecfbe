import {
  Event,
  EventBatchResult,
  EventListQuery,
  EventPage,
  EventStats,
  EventStatsQuery,
  EventWithDeliveries,
  MAX_BATCH_BYTES,
  NewEvent,
  NewEventBatch,
  Replay,
} from '../../../contract/events.ts';
import { presentEvent, presentEventWithDeliveries } from '../../presenters/presentEvent.ts';
import { validationProblem } from '../../problem.ts';
import { deliveriesOfEvent, findEvent, listEvents } from '../../queries/events.ts';
import { eventStatistics } from '../../queries/eventStatistics.ts';
import { replayEvent } from '../../services/replayEvent.ts';
import { route, type Route } from '../route.ts';
import { acceptBatch } from './acceptBatch.ts';
import { acceptEvent, oneIdempotencyKey } from './acceptEvent.ts';

const tag = 'Events';

export const eventRoutes: Route[] = [
  route({
    ...{ method: 'POST', path: '/api/events', access: 'events:write', tag, summary: 'Post an event' },
    body: { schema: NewEvent, limitBytes: (config) => config.MAX_EVENT_BYTES },
    responses: { 200: Event, 202: Event },
    problems: ['idempotency_conflict', 'payload_too_large'],
    async handle(services, { identity, requestId, body, json, header }) {
      const idempotencyKey = oneIdempotencyKey(body.idempotencyKey, header('idempotency-key'));
      const { event, replayed } = await acceptEvent(services, identity, { ...body, idempotencyKey }, json);
      const { id: eventId, clientId, eventType } = event;
      services.logger.info('event accepted', { requestId, eventId, clientId, eventType, replayed });
      if (replayed) return { status: 200, body: presentEvent(event), headers: { 'Idempotent-Replayed': 'true' } };
      return { status: 202, body: presentEvent(event) };
    },
  }),
  route({
    ...{ method: 'POST', path: '/api/events/batch', access: 'events:write', tag, summary: 'Post many events' },
    body: { schema: NewEventBatch, itemsJudgedAlone: true, limitBytes: () => MAX_BATCH_BYTES },
    responses: { 202: EventBatchResult },
    async handle(services, { identity, requestId, body, json, header }) {
      if (header('idempotency-key') !== undefined) {
        throw validationProblem([{ path: 'Idempotency-Key', message: 'is not for batches; give each event its own' }]);
      }
      const text = json.textOf('events') ?? '[]';
      const results = await acceptBatch(services, identity, { items: body.events, text, requestId });
      return { status: 202, body: { results } };
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/events', access: 'events:read', tag, summary: 'List events' },
    query: EventListQuery,
    responses: { 200: EventPage },
    async handle({ db }, { identity, query }) {
      const { rows, pagination } = await listEvents(db, identity, query);
      return { status: 200, body: { data: rows.map(presentEvent), pagination } };
    },
  }),
  route({
    ...{ method: 'GET', path: '/api/events/stats/summary', access: 'events:read', tag, summary: 'Figures of events' },
    query: EventStatsQuery,
    responses: { 200: EventStats },
    async handle({ db }, { identity, query }) {
      return { status: 200, body: await eventStatistics(db, identity, query) };
    },
  }),
  route({
    ...{
      method: 'GET',
      path: '/api/events/:id',
      access: 'events:read',
      tag,
      summary: 'Read an event with its deliveries',
    },
    responses: { 200: EventWithDeliveries },
    async handle({ db }, { identity, params }) {
      const event = await findEvent(db, identity, params.id);
      return { status: 200, body: presentEventWithDeliveries(event, await deliveriesOfEvent(db, event.id)) };
    },
  }),
  route({
    ...{
      method: 'POST',
      path: '/api/events/:id/replay',
      access: 'events:write',
      tag,
      summary: 'Deliver an event again',
    },
    body: { schema: Replay, optional: true },
    responses: { 202: EventWithDeliveries },
    problems: ['webhook_disabled'],
    async handle(services, { identity, params, body }) {
      const { event, deliveries } = await replayEvent(services, identity, params.id, body.webhookIds);
      return { status: 202, body: presentEventWithDeliveries(event, deliveries) };
    },
  }),
];
