/** What every caller should know, as sections for the OpenAPI document and the page at /docs. */
export interface Section {
  id: string;
  title: string;
  /** Plain sentences; code stands between backticks. */
  paragraphs: string[];
  /** Lines to be shown as they are. */
  code?: string;
}

export const INTRODUCTION: readonly Section[] = [
  {
    id: 'first-event',
    title: 'The first event',
    paragraphs: [
      'Create a webhook, post an event, and look at its deliveries. Bodies are read as JSON whatever their `Content-Type` says; answers are JSON in camelCase, times are UTC with milliseconds, ids are UUIDs that grow with time.',
    ],
    code: `RELAY=http://localhost:5000 KEY=test-api-key-12345
curl -X POST "$RELAY/api/webhooks" -H "X-API-Key: $KEY" \\
  -d '{"name":"Mine","url":"https://example.com/hooks","eventTypes":["job.*"]}'
curl -X POST "$RELAY/api/events" -H "X-API-Key: $KEY" \\
  -d '{"eventType":"job.created","payload":{"jobId":"123"}}'
curl "$RELAY/api/deliveries?limit=1" -H "X-API-Key: $KEY"`,
  },
  {
    id: 'authentication',
    title: 'Authentication',
    paragraphs: [
      'Send an API key in the header `X-API-Key`. A missing or unknown key is a 401 `unauthorized`, a key whose scopes do not cover the call a 403 `forbidden`. The scope `admin` covers everything.',
      'A key may be bound to one client. It then posts for that client when `clientId` is left out, may not name another (403), and sees nothing of others: their objects are a 404.',
      'A browser may exchange a key for a session cookie. Requests that come by cookie and change anything need the header `X-Requested-With`.',
    ],
  },
  {
    id: 'errors',
    title: 'Errors',
    paragraphs: [
      'An error is a problem document (RFC 9457, `application/problem+json`). Decide by `code`, which is stable; `detail` is for people; `errors` names each member of the request that is wrong, by JSON Pointer into the body or by the name of the parameter or header.',
      'Every answer carries `X-Request-Id`. Send one of your own (letters, digits, `.`, `_`, `-`, at most 128) and it is kept; quote it when you ask what happened.',
      'Unknown query parameters, unknown members of a body and repeated member names are a 400. An id that is not one is a 404.',
    ],
    code: `HTTP/1.1 400 Bad Request
Content-Type: application/problem+json; charset=utf-8
X-Request-Id: 5f0c2a1e-8d0b-4a55-9f0e-2f6a3a0b7c11

{"type":"urn:relay:problem:validation_failed","title":"The request is not valid","status":400,
 "detail":"/eventType is required","code":"validation_failed",
 "requestId":"5f0c2a1e-8d0b-4a55-9f0e-2f6a3a0b7c11",
 "errors":[{"path":"/eventType","message":"is required"}]}`,
  },
  {
    id: 'pagination',
    title: 'Lists and pagination',
    paragraphs: [
      'A list is `{ "data": [...], "pagination": { "limit", "nextCursor", "hasMore" } }`, newest first. Ask for the next page with `cursor` set to `nextCursor`. Pages stay as they are while rows are being added. `limit` is 1 to 100, by default 20.',
      'Filters combine with AND. `from` is inclusive, `to` exclusive.',
    ],
  },
  {
    id: 'rate-limit',
    title: 'Rate limit',
    paragraphs: [
      'Each key may make 100 requests in a minute unless it was given another limit. Answers tell `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds). Beyond it a request is a 429 `rate_limited` with `Retry-After`. Health, metrics and this description are open and not counted.',
    ],
  },
  {
    id: 'idempotency',
    title: 'Idempotency',
    paragraphs: [
      'Give an event an `idempotencyKey` in its body, or in the header `Idempotency-Key`, and posting it again is harmless: the same key with the same content answers 200 with the first event and `Idempotent-Replayed: true`, and nothing is delivered again. The same key with other content is a 409 `idempotency_conflict`.',
      'Keys are 1 to 255 visible ASCII characters, unique within a client, and live as long as their event. Content is compared by parsed value: the order of members does not count, the spelling of numbers does.',
      'After a 503 or a broken connection, post again with the same key until you have an answer.',
    ],
  },
  {
    id: 'receiving',
    title: 'Receiving and verifying',
    paragraphs: [
      'Relay sends a `POST` with `{"type","timestamp","data"}` as its body, the same bytes on every attempt, signed as Standard Webhooks has it. `webhook-id` is the event’s id, also on retries and replays: use it to take each event once, since delivery is at least once.',
      'The signature is the base64 of an HMAC-SHA256, under the bytes that the secret’s base64 after `whsec_` stands for, of `{webhook-id}.{webhook-timestamp}.{body}`. `webhook-signature` has one `v1,<signature>` for each live secret, separated by blanks; accept the request when one of them fits. Compare in constant time, and refuse timestamps more than five minutes off.',
      'Answer with a 2xx within the webhook’s `timeoutMs`. Redirects are not followed. A 410 disables the webhook at once; 429 and 503 may ask for a longer wait with `Retry-After`. Anything but a 2xx is tried again under the webhook’s `retryPolicy`.',
    ],
    code: `import { createHmac, timingSafeEqual } from 'node:crypto';

function isFromRelay(secret, headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(\`\${id}.\${timestamp}.\`).update(body).digest();
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  return isRecent && signatures.split(' ').some((part) => {
    const given = Buffer.from(part.replace(/^v1,/, ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}`,
  },
];

/** The introduction as CommonMark. */
export function introductionText(): string {
  return INTRODUCTION.map(({ title, paragraphs, code }) =>
    [`## ${title}`, ...paragraphs, ...(code ? [`\`\`\`\n${code}\n\`\`\``] : [])].join('\n\n'),
  ).join('\n\n');
}
