import { IDEMPOTENCY_KEY, type NewEvent } from '../../contract/events.ts';
import { validationProblem } from '../http/problem.ts';
import type { Caller } from '../http/caller.ts';
import { clientToWriteFor } from '../http/clientBinding.ts';
import type { JsonDocument } from '../http/json/readJson.ts';
import type { RecordedEvent, RecordEvent } from './recordEvent.ts';

export interface AcceptServices {
  recordEvent: RecordEvent;
  /** @throws ApiProblem `payload_invalid` */
  eventTypes: { check(eventType: string, payload: unknown): void };
}

/**
 * Records a validated event for the client that the caller writes for. The payload is taken as it was written.
 * @throws ApiProblem `forbidden` for another's client, `payload_invalid` by its event type's schema, and what `recordEvent` throws.
 */
export async function acceptEvent(
  { recordEvent, eventTypes }: AcceptServices,
  identity: Caller,
  { clientId, eventType, idempotencyKey, payload }: NewEvent,
  json: JsonDocument,
): Promise<RecordedEvent> {
  const writeFor = clientToWriteFor(identity, clientId);
  eventTypes.check(eventType, payload);
  return recordEvent({
    clientId: writeFor,
    eventType,
    payload: json.textOf('payload') ?? '{}',
    idempotencyKey: idempotencyKey ?? null,
    traceparent: identity.traceparent,
  });
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
