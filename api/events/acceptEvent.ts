import { IDEMPOTENCY_KEY, type EventInput } from '../../contract/events.ts';
import { isOperational, OPERATIONAL_CLIENT } from '../../contract/operationalEvents.ts';
import { validationProblem, type ApiProblem } from '../http/problem.ts';
import type { Caller } from '../http/caller.ts';
import { clientToWriteFor } from '../http/clientBinding.ts';
import type { JsonDocument } from '../http/json/readJson.ts';
import { contentOf } from './eventContent.ts';
import type { PayloadRetention } from '../../contract/eventTypes.ts';
import type { RecordedEvent, RecordEvent } from './recordEvent.ts';

export interface AcceptServices {
  recordEvent: RecordEvent;
  eventTypes: {
    /** Checks a payload, as it was written. @throws ApiProblem `payload_invalid`, `payload_too_complex` or `unavailable`. */
    check(event: { clientId: string; eventType: string; payload: string }): Promise<void>;
    /** How long payloads of the type are kept. */
    retentionOf(eventType: string): PayloadRetention;
  };
}

/**
 * Records a validated event for the client that the caller writes for. The payload is taken as it was written.
 * @throws ApiProblem `forbidden` for another's client, `payload_invalid` or `payload_too_complex` by its event type's schema, and what `recordEvent` throws.
 */
export async function acceptEvent(
  { recordEvent, eventTypes }: AcceptServices,
  identity: Caller,
  event: Omit<EventInput, 'payload'>,
  json: JsonDocument,
): Promise<RecordedEvent> {
  const clientId = clientToWriteFor(identity, event.clientId);
  if (isOperational({ clientId, eventType: event.eventType })) throw reserved(clientId);
  const content = contentOf(event, json.textOf('payload') ?? '{}');
  const { eraseWhenDelivered, payloadRetentionDays } = eventTypes.retentionOf(content.eventType);
  refuseFarOff(content.deliverAt, payloadRetentionDays);
  await eventTypes.check({ clientId, ...content });
  return recordEvent({
    ...content,
    clientId,
    idempotencyKey: event.idempotencyKey ?? null,
    eraseWhenDelivered,
    traceparent: identity.traceparent,
  });
}

/** How far ahead an event may be posted, in days. */
const MOST_DAYS_AHEAD = 30;
const DAY_MS = 86_400_000;

/** Also what would have to be delivered when its payload is gone by its type's `payloadRetentionDays`. */
function refuseFarOff(deliverAt: Date | null, payloadRetentionDays: number | null): void {
  if (deliverAt === null) return;
  const ahead = deliverAt.getTime() - Date.now();
  if (ahead > MOST_DAYS_AHEAD * DAY_MS) {
    throw validationProblem([{ path: '/deliverAt', message: `must be at most ${MOST_DAYS_AHEAD} days ahead` }]);
  }
  if (payloadRetentionDays !== null && ahead >= payloadRetentionDays * DAY_MS) {
    const message = `must be less than ${payloadRetentionDays} days ahead: payloads of this type are kept no longer`;
    throw validationProblem([{ path: '/deliverAt', message }]);
  }
}

/** Only Relay itself posts as the client `relay`, and events `relay.*` (docs/CONTRACT.md §10). */
function reserved(clientId: string): ApiProblem {
  const isClient = clientId === OPERATIONAL_CLIENT;
  const message = isClient
    ? 'is reserved for Relay’s own events'
    : 'must not begin with relay., which only Relay posts';
  return validationProblem([{ path: isClient ? '/clientId' : '/eventType', message }]);
}

/**
 * The key of an event that may be named in its body, in the header `Idempotency-Key`, or in both.
 * @throws ApiProblem `validation_failed` when the header's is ill-formed or the two differ.
 */
export function oneIdempotencyKey(inBody: string | undefined, inHeader: string | undefined): string | undefined {
  if (inHeader === undefined) return inBody;
  if (!IDEMPOTENCY_KEY.test(inHeader)) {
    throw validationProblem([{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
  }
  if (inBody !== undefined && inBody !== inHeader) {
    throw validationProblem([{ path: '/idempotencyKey', message: 'must agree with the header Idempotency-Key' }]);
  }
  return inHeader;
}
