import type { Knex } from 'knex';
import type { NewDelivery } from '../../temporal/dispatcher/ports.ts';
import { isDatabaseUnavailable } from '../../store/errors.ts';
import { GroupCommit } from '../../store/groupCommit.ts';
import type { Rest } from '../../store/heavyPace.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import { hasDigestOf } from '../../store/erasure/hasDigestOf.ts';
import {
  haveWebhooksChanged,
  insertEvents,
  MAX_DELIVERIES_PER_STATEMENT,
  type EventToInsert,
} from '../../store/deliveries/insertEvents.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import type { WebhookDirectory } from '../../store/webhookDirectory.ts';
import { OUTBOX_LEASE_SECONDS } from '../../store/deliveries/outbox.ts';
import { ApiProblem } from '../http/problem.ts';
import { WantedBy } from './WantedBy.ts';
import { deliveryWorkflowId } from './deliveryWorkflowId.ts';
import { sameBesidePayload, sameContent, type EventContent } from './eventContent.ts';
import type { LoopTurns } from '../turns/LoopTurns.ts';

interface IncomingEvent extends EventContent {
  clientId: string;
  idempotencyKey: string | null;
  /** Whether its payload is to be taken out once it is delivered. */
  eraseWhenDelivered: boolean;
  /** The trace context that it was posted in (W3C). */
  traceparent: string | null;
}

/** An event that waits to be written. */
interface ArrivedEvent extends IncomingEvent {
  id: string;
  createdAt: Date;
  /** What it costs to write, in deliveries. */
  weight: number;
  wantedBy: WantedBy;
}

/** An event as it is written. */
interface PlannedEvent extends EventToInsert {
  /** Before its deliveries are leased, in ms since the epoch. */
  leasedAt: number;
}

/**
 * The most deliveries of a write that other clients may have to wait for (some 10 ms). An event with more is written beside theirs.
 */
const LIGHT_DELIVERIES = 100;
/** The most of the time that events with more take while others come in. */
const HEAVY_SHARE = 0.2;
/** Characters of a payload that cost as much as a delivery: a light write has half a million, which take some ten milliseconds to be sent. */
const PAYLOAD_OF_A_DELIVERY = 5000;
/** How often an event is planned at most while webhooks of its client are being changed. */
const MAX_PLANS = 10;

export type EventRow = Pick<
  EventModel,
  | 'id'
  | 'clientId'
  | 'eventType'
  | 'payload'
  | 'payloadErasedAt'
  | 'idempotencyKey'
  | 'tags'
  | 'webhookIds'
  | 'deliverAt'
  | 'orderingKey'
  | 'deliveryCount'
  | 'filteredCount'
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
  accepts(of: { webhookId: string; clientId: string }): boolean;
  offer(deliveries: NewDelivery[]): void;
  /** Told how long an event took to be recorded, in ms: delivering yields to those who wait. */
  postTook(ms: number): void;
}

interface RecordEventDependencies {
  db: Knex;
  webhooks: Pick<WebhookDirectory, 'matching' | 'changesOf' | 'catchUp'>;
  dispatcher: LocalDispatcher | null;
  /** Where contents are compared. */
  loop: Pick<LoopTurns, 'run'>;
  /** Told of each event that was accepted for the first time. */
  onAccepted?: () => void;
  /** Told how many events each statement wrote. */
  onCommit?: (events: number) => void;
}

/**
 * Accepts an event: one transaction writes it with one delivery for each webhook that wants it, then the deliveries go
 * to the dispatcher. Events that arrive together share a transaction; clients take turns, and no client's many deliveries
 * hold up another's few.
 * @throws ApiProblem `idempotency_conflict` when the key was used for other content.
 */
export function createRecordEvent({
  db,
  webhooks,
  dispatcher,
  loop,
  onAccepted,
  onCommit,
}: RecordEventDependencies): RecordEvent {
  const write = async (arrived: ArrivedEvent[], rest?: Rest): Promise<(PlannedEvent | null)[]> => {
    const clientIds = arrived.map(({ clientId }) => clientId);
    for (let left = MAX_PLANS; ; left -= 1) {
      // Only now, so that what waits for its turn is small.
      const events = arrived.map(plan);
      try {
        const inserted = await insertEvents(db, events, { known: webhooks.changesOf(clientIds), rest });
        return events.map((event) => (inserted.has(event.id) ? event : null));
      } catch (error) {
        if (left === 1 || !haveWebhooksChanged(error)) throw error;
        // Another process has made or changed a webhook, and its notice is still under way.
        await webhooks.catchUp(clientIds);
      }
    }
  };
  const options = {
    isFatal: isDatabaseUnavailable,
    onWrite: onCommit,
    laneOf: ({ clientId }: ArrivedEvent) => clientId,
    weights: {
      of: ({ weight }: ArrivedEvent) => weight,
      light: LIGHT_DELIVERIES,
      max: MAX_DELIVERIES_PER_STATEMENT,
      heavyShare: HEAVY_SHARE,
    },
  };
  const commits = new GroupCommit<ArrivedEvent, PlannedEvent | null>(write, options);
  // Apart, since they wait for others of their keys. Of these one does not rest while it is written, since others may wait for it.
  const orderedCommits = new GroupCommit<ArrivedEvent, PlannedEvent | null>((arrived) => write(arrived), options);

  return async (incoming) => {
    const began = performance.now();
    const id = newId();
    const wantedBy = new WantedBy({ ...incoming, id });
    const matching = wantedBy.meantFor(webhooks.matching(incoming.clientId, incoming.eventType));
    const isFiltered = matching.some(({ matches }) => matches !== null);
    if (isFiltered) await loop.run(`client:${incoming.clientId}`, wantedBy.decide(matching));
    const deliveries = wantedBy.among(matching).length;
    const weight = Math.max(1, deliveries + Math.floor(incoming.payload.length / PAYLOAD_OF_A_DELIVERY));
    const event = await (incoming.orderingKey === null ? commits : orderedCommits).add({
      ...incoming,
      id,
      createdAt: timeOfId(id),
      weight,
      wantedBy,
    });
    if (!event) return { event: await replayOf(db, loop, incoming), replayed: true };
    onAccepted?.();
    dispatcher?.postTook(performance.now() - began);
    dispatcher?.offer(
      event.deliveries.flatMap((delivery) => (delivery.leaseSeconds ? [handedOver(event, delivery)] : [])),
    );
    return { event: newRow(event), replayed: false };
  };

  function plan({ weight: _, wantedBy, ...arrived }: ArrivedEvent): PlannedEvent {
    const { id, clientId, eventType, idempotencyKey } = arrived;
    const matching = wantedBy.meantFor(webhooks.matching(clientId, eventType));
    const wanting = wantedBy.among(matching);
    const { deliverAt, orderingKey } = arrived;
    const holdUntil = deliverAt !== null && deliverAt.getTime() > Date.now() ? deliverAt : null;
    const deliveries = wanting.map(({ id: webhookId, isActive, format, ordering }) => {
      const isOrdered = orderingKey !== null && ordering !== null;
      // One that goes by its order is handed over, or held until it is due, once it is its turn.
      const isAtOnce = isActive && !holdUntil && !isOrdered;
      return {
        id: newId(),
        webhookId,
        format,
        workflowId: deliveryWorkflowId({ clientId, idempotencyKey, eventId: id, webhookId }),
        status: isActive ? ('pending' as const) : ('skipped' as const),
        holdUntil: isActive && !isOrdered ? holdUntil : null,
        isOrdered,
        leaseSeconds: isAtOnce && dispatcher?.accepts({ webhookId, clientId }) ? OUTBOX_LEASE_SECONDS : null,
      };
    });
    const filteredCount = matching.length - wanting.length;
    return { ...arrived, filteredCount, deliveries, leasedAt: Date.now() };
  }
}

async function replayOf(db: Knex, loop: Pick<LoopTurns, 'run'>, incoming: IncomingEvent): Promise<EventRow> {
  const { clientId, idempotencyKey } = incoming;
  const first = await EventModel.query(db).findOne({ clientId, idempotencyKey });
  if (!first) throw new ApiProblem('unavailable', 'The event of this idempotency key is being removed. Try again.');
  const isSame = first.payloadErasedAt
    ? sameBesidePayload(first, incoming) && (await hasDigestOf(db, first.id, incoming.payload))
    : await loop.run(`client:${clientId}`, sameContent(first, incoming));
  if (isSame) return first;
  throw new ApiProblem('idempotency_conflict', 'This idempotency key was used before for an event with other content.');
}

function newRow(event: EventToInsert): EventRow {
  const { id, clientId, eventType, payload, idempotencyKey, tags, webhookIds, createdAt, deliveries } = event;
  const { filteredCount } = event;
  const open = deliveries.some(({ status }) => status === 'pending');
  return {
    id,
    clientId,
    eventType,
    payload,
    payloadErasedAt: null,
    idempotencyKey,
    tags,
    webhookIds,
    deliverAt: event.deliverAt,
    orderingKey: event.orderingKey,
    deliveryCount: deliveries.length,
    filteredCount,
    status: deliveries.length === 0 ? 'unmatched' : open ? 'pending' : 'skipped',
    retryCount: 0,
    lastError: null,
    createdAt,
    updatedAt: createdAt,
  };
}

function handedOver(event: PlannedEvent, delivery: EventToInsert['deliveries'][number]): NewDelivery {
  const { clientId, eventType, payload, createdAt, traceparent, leasedAt } = event;
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
    leasedAt,
    job: {
      ...{ ...ids, eventType, payload, format: delivery.format, createdAt, traceparent },
      ...{ status: 'pending', attemptCount: 0, sparedAttempts: 0, nextRetryAt: null, error: null, leasedForMs: 0 },
    },
  };
}
