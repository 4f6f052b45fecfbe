import type { Knex } from 'knex';
import type { WebhookTarget } from '../../activities/ports.ts';
import type { NewDelivery } from '../../temporal/dispatcher/ports.ts';
import { isDatabaseUnavailable } from '../../store/errors.ts';
import { GroupCommit } from '../../store/groupCommit.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import { insertEvents, type EventToInsert } from '../../store/deliveries/insertEvents.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { OUTBOX_LEASE_SECONDS } from '../../store/deliveries/outbox.ts';
import { ApiProblem } from '../http/problem.ts';
import { deliveryWorkflowId } from './deliveryWorkflowId.ts';
import { sameJson } from '../http/json/sameJson.ts';

interface IncomingEvent {
  clientId: string;
  eventType: string;
  /** The payload's JSON text, as it was sent. */
  payload: string;
  idempotencyKey: string | null;
  /** The trace context that it was posted in (W3C). */
  traceparent: string | null;
}

export type EventRow = Pick<
  EventModel,
  | 'id'
  | 'clientId'
  | 'eventType'
  | 'payload'
  | 'idempotencyKey'
  | 'deliveryCount'
  | 'status'
  | 'retryCount'
  | 'lastError'
  | 'createdAt'
  | 'updatedAt'
>;

export interface RecordedEvent {
  event: EventRow;
  /** The key was used before for the same content; nothing new is delivered. */
  replayed: boolean;
}

export type RecordEvent = (incoming: IncomingEvent) => Promise<RecordedEvent>;

/** The dispatcher of this process, when it has one. */
export interface LocalDispatcher {
  accepts(webhookId: string): boolean;
  offer(deliveries: NewDelivery[]): void;
}

interface RecordEventDependencies {
  db: Knex;
  webhooks: { matching(clientId: string, eventType: string): WebhookTarget[] };
  dispatcher: LocalDispatcher | null;
  /** Told of each event that was accepted for the first time. */
  onAccepted?: () => void;
  /** Told how many events each statement wrote. */
  onCommit?: (events: number) => void;
}

/**
 * Accepts an event: one transaction writes it with one delivery for each webhook that wants it, then the deliveries go
 * to the dispatcher. Events that arrive together share a transaction.
 * @throws ApiProblem `idempotency_conflict` when the key was used for other content.
 */
export function createRecordEvent({
  db,
  webhooks,
  dispatcher,
  onAccepted,
  onCommit,
}: RecordEventDependencies): RecordEvent {
  const commits = new GroupCommit<EventToInsert, boolean>(
    async (events) => {
      const inserted = await insertEvents(db, events);
      return events.map(({ id }) => inserted.has(id));
    },
    { isFatal: isDatabaseUnavailable, onWrite: onCommit },
  );

  return async (incoming) => {
    const event = plan(incoming);
    const isNew = await commits.add(event);
    if (!isNew) return { event: await replayOf(db, incoming), replayed: true };
    onAccepted?.();
    dispatcher?.offer(
      event.deliveries.flatMap((delivery) => (delivery.leaseSeconds ? [handedOver(event, delivery)] : [])),
    );
    return { event: newRow(event), replayed: false };
  };

  function plan(incoming: IncomingEvent): EventToInsert {
    const id = newId();
    const { clientId, eventType, idempotencyKey } = incoming;
    const deliveries = webhooks.matching(clientId, eventType).map(({ id: webhookId, isActive }) => ({
      id: newId(),
      webhookId,
      workflowId: deliveryWorkflowId({ clientId, idempotencyKey, eventId: id, webhookId }),
      status: isActive ? ('pending' as const) : ('skipped' as const),
      leaseSeconds: isActive && dispatcher?.accepts(webhookId) ? OUTBOX_LEASE_SECONDS : null,
    }));
    return { ...incoming, id, createdAt: timeOfId(id), deliveries };
  }
}

async function replayOf(db: Knex, incoming: IncomingEvent): Promise<EventRow> {
  const { clientId, idempotencyKey } = incoming;
  const first = await EventModel.query(db).findOne({ clientId, idempotencyKey });
  if (!first) throw new ApiProblem('unavailable', 'The event of this idempotency key is being removed. Try again.');
  if (first.eventType === incoming.eventType && sameJson(first.payload, incoming.payload)) return first;
  throw new ApiProblem('idempotency_conflict', 'This idempotency key was used before for an event with other content.');
}

function newRow({ id, clientId, eventType, payload, idempotencyKey, createdAt, deliveries }: EventToInsert): EventRow {
  const open = deliveries.some(({ status }) => status === 'pending');
  return {
    id,
    clientId,
    eventType,
    payload,
    idempotencyKey,
    deliveryCount: deliveries.length,
    status: deliveries.length === 0 ? 'unmatched' : open ? 'pending' : 'skipped',
    retryCount: 0,
    lastError: null,
    createdAt,
    updatedAt: createdAt,
  };
}

function handedOver(event: EventToInsert, delivery: EventToInsert['deliveries'][number]): NewDelivery {
  const { clientId, eventType, payload, createdAt, traceparent } = event;
  const ids = {
    deliveryId: delivery.id,
    eventId: event.id,
    webhookId: delivery.webhookId,
    workflowId: delivery.workflowId,
  };
  return {
    ...ids,
    clientId,
    eventType,
    kind: 'start',
    job: { ...ids, eventType, payload, createdAt, traceparent, status: 'pending', attemptCount: 0 },
  };
}
