import {
  EventType,
  EventTypeListQuery,
  EventTypePage,
  EventTypeReplacement,
  EventTypeInput,
} from '../../contract/eventTypes.ts';
import { presentEventType } from './presentEventType.ts';
import {
  createEventType,
  deleteEventType,
  findEventType,
  listEventTypes,
  replaceEventType,
  type EventTypeServices,
} from './eventTypes.ts';
import { EventTypeName } from '../../contract/primitives.ts';
import { route, type Route } from '../http/route.ts';

const tag = 'Event types';

export const eventTypeRoutes: Route<EventTypeServices>[] = [
  route({
    method: 'GET',
    path: '/api/event-types',
    access: 'webhooks:read',
    tag,
    summary: 'List event types',
    query: EventTypeListQuery,
    responses: { 200: EventTypePage },
    async handle({ db }, { query }) {
      const { rows, pagination } = await listEventTypes(db, query);
      return { status: 200, body: { data: rows.map(presentEventType), pagination } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/event-types',
    access: 'webhooks:write',
    waitsElsewhere: true,
    tag,
    summary: 'Create an event type',
    description:
      'From then on an event of that type whose payload does not fit the schema is refused with 422 `payload_invalid`. Types are shared by all clients.',
    body: { schema: EventTypeInput },
    responses: { 201: EventType },
    problems: ['conflict'],
    async handle(services, { identity, body, json }) {
      const created = await createEventType(services, identity, body, json.textOf('schema'));
      return { status: 201, body: presentEventType(created) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/event-types/:name',
    access: 'webhooks:read',
    tag,
    summary: 'Read an event type',
    parameters: { name: EventTypeName },
    responses: { 200: EventType },
    async handle({ db }, { params }) {
      return { status: 200, body: presentEventType(await findEventType(db, params.name)) };
    },
  }),
  route({
    method: 'PUT',
    path: '/api/event-types/:name',
    access: 'webhooks:write',
    waitsElsewhere: true,
    tag,
    summary: 'Replace an event type',
    description: 'What is left out is gone, the schema too. The name may be repeated, not changed.',
    parameters: { name: EventTypeName },
    body: { schema: EventTypeReplacement },
    responses: { 200: EventType },
    async handle(services, { identity, params, body, json }) {
      const changed = await replaceEventType(services, identity, params.name, body, json.textOf('schema'));
      return { status: 200, body: presentEventType(changed) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/event-types/:name',
    access: 'webhooks:write',
    tag,
    summary: 'Delete an event type',
    description: 'Events of that type are then taken as they come.',
    parameters: { name: EventTypeName },
    responses: { 204: null },
    async handle(services, { identity, params }) {
      await deleteEventType(services, identity, params.name);
      return { status: 204 };
    },
  }),
];
