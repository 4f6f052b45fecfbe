import { Type } from 'typebox';
import { EventTypeName, Timestamp } from '../../contract/primitives.ts';
import type { JsonSchema, Operation, Parameter } from './document.ts';
import { exampleOf } from './exampleOf.ts';
import type { NamedSchemas } from './namedSchemas.ts';

/** The body of an attempt (docs/CONTRACT.md §4). Without a name, since oapi-codegen leaves out named schemas that no path uses. */
const DeliveredEvent = Type.Object({
  type: EventTypeName,
  timestamp: Timestamp,
  data: Type.Unknown({ description: 'The payload, as it was posted', examples: [{ jobId: '123' }] }),
});

const HEADERS: Parameter[] = [
  header('webhook-id', 'The event’s id, the same on every attempt and replay: take each event once by it.'),
  header(
    'webhook-timestamp',
    'When the attempt was made, in seconds since 1970. Refuse what is more than five minutes off.',
  ),
  header('webhook-signature', 'One `v1,` and base64 of an HMAC-SHA256 for each live secret, separated by blanks.'),
];

/** What Relay sends to a webhook's URL, as an operation that a receiver has. */
export function describeDelivery(named: NamedSchemas): Operation {
  return {
    operationId: 'receiveDelivery',
    tags: ['Deliveries'],
    summary: 'Relay sends an event',
    description:
      'To the URL of each webhook that wants it, signed as Standard Webhooks has it. Answer within the webhook’s `timeoutMs`; anything but a 2xx is tried again. The body is as here unless the webhook’s `format` says otherwise, and `signatures` and `auth` add headers. An answer’s header `webhook-delivery: abort` ends this delivery, `disable` the webhook, too.',
    security: [],
    parameters: HEADERS,
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: named.refer(DeliveredEvent),
          example: exampleOf(JSON.parse(JSON.stringify(DeliveredEvent)) as JsonSchema),
        },
      },
    },
    responses: {
      '2XX': { description: 'Taken' },
      '410': { description: 'Wanted no more: the webhook is disabled' },
      default: { description: 'Not taken; tried again under the webhook’s `retryPolicy`' },
    },
  };
}

function header(name: string, description: string): Parameter {
  return { name, in: 'header', required: true, description, schema: { type: 'string' } };
}
