import { createHash } from 'node:crypto';

interface DeliveryIdentity {
  clientId: string;
  idempotencyKey: string | null;
  eventId: string;
  webhookId: string;
  /** Counts the event's deliveries to this webhook; replays begin with 2. */
  sequence?: number;
}

/** The longest workflow id that Temporal's PostgreSQL schema can keep. */
const MAX_WORKFLOW_ID = 255;
/** Room for ":" and the number of a replay. */
const SEQUENCE_ROOM = 8;
/** How much of a key that is too long stays readable. */
const KEPT_OF_KEY = 64;
/** What an event's id looks like: UUIDv7 in small letters. */
const EVENT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * The workflow's id for one event–webhook pair: `delivery:{clientId}:{key}:{webhookId}`, at most 255 characters. The key is
 * the idempotency key or, for an event posted without one, the event's id. No two events of a client share an id: a key
 * that reads like an event's id, or begins with the mark, gets a `~` in front, and one that would be too long stands as
 * its SHA-256 and its beginning.
 */
export function deliveryWorkflowId({
  clientId,
  idempotencyKey,
  eventId,
  webhookId,
  sequence,
}: DeliveryIdentity): string {
  const idWith = (key: string) => `delivery:${clientId}:${key}:${webhookId}`;
  const plain = idWith(idempotencyKey === null ? eventId : marked(idempotencyKey));
  const id =
    idempotencyKey === null || plain.length + SEQUENCE_ROOM <= MAX_WORKFLOW_ID
      ? plain
      : idWith(digested(idempotencyKey));
  return sequence && sequence > 1 ? `${id}:${sequence}` : id;
}

function marked(key: string): string {
  return EVENT_ID.test(key) || key.startsWith('~') ? `~${key}` : key;
}

/** Neither a key that was marked nor one that was not: those go on after the mark with another, or with an event's id. */
function digested(key: string): string {
  return `~sha256:${createHash('sha256').update(key).digest('base64url')}:${key.slice(0, KEPT_OF_KEY)}`;
}
