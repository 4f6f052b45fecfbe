import type { NewEvent } from '../../../contract/events.ts';
import { validationProblem } from '../../problem.ts';
import type { ApiKeyIdentity } from '../../services/authenticator.ts';
import { clientToWriteFor } from '../../services/clientBinding.ts';
import type { AppServices } from '../../services/index.ts';
import type { JsonDocument } from '../../services/json/readJson.ts';
import type { RecordedEvent } from '../../services/recordEvent.ts';

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/**
 * Records a validated event for the client that the caller writes for. The payload is taken as it was written.
 * @throws ApiProblem when key and header disagree, for another's client, and what `recordEvent` throws.
 */
export function acceptEvent(
  { recordEvent }: AppServices,
  identity: ApiKeyIdentity,
  event: NewEvent,
  json: JsonDocument,
  headerKey?: string,
): Promise<RecordedEvent> {
  if (headerKey !== undefined && !VISIBLE_ASCII.test(headerKey)) {
    throw validationProblem([{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
  }
  const { eventType, idempotencyKey = headerKey } = event;
  if (headerKey !== undefined && headerKey !== idempotencyKey) {
    throw validationProblem([{ path: '/idempotencyKey', message: 'must agree with the header Idempotency-Key' }]);
  }
  return recordEvent({
    clientId: clientToWriteFor(identity, event.clientId),
    eventType,
    payload: json.textOf('payload') ?? '{}',
    idempotencyKey: idempotencyKey ?? null,
  });
}
