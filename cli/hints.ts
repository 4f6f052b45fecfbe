import type { RelayProblem } from '../client/index.ts';
import type { ProblemCode } from '../contract/problem.ts';

const HINTS: Partial<Record<ProblemCode, string>> = {
  unauthorized: 'Give a valid key with --api-key or RELAY_API_KEY; relay keys create makes one.',
  forbidden: 'Use a key that covers it; relay keys list shows scopes and clients.',
  not_found: 'Is the id right, and may the key see its client?',
  idempotency_conflict: 'Use another --idempotency-key for other content.',
  webhook_disabled: 'Enable the webhook in the dashboard, or with PATCH /api/webhooks/<id> {"isActive":true}.',
  payload_too_complex: 'Send less at once, or make the schema of its event type simpler.',
  payload_invalid: 'GET /api/event-types/<type> shows the schema that the payload must fit.',
  payload_too_large: 'MAX_EVENT_BYTES of the API says how large an event may be.',
  unavailable: 'Try again; relay doctor says what is away.',
  internal_error: 'Look for the request in the log of Relay.',
};

/** What to do about a refusal; null when its detail says all there is to say. */
export function hintFor({ code, retryAfterMs }: RelayProblem): string | null {
  if (code === 'rate_limited') {
    const wait = retryAfterMs === null ? 'a minute' : `${Math.ceil(retryAfterMs / 1000)} s`;
    return `Wait ${wait}, or use a key with a higher limit (relay keys create --per-minute).`;
  }
  return HINTS[code] ?? null;
}
