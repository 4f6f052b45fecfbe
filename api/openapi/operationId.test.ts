import { expect, it } from 'vitest';
import { operationId } from './operationId.ts';

it.each([
  ['GET', '/api/events', 'listEvents'],
  ['POST', '/api/events', 'createEvent'],
  ['GET', '/api/events/:id', 'getEvent'],
  ['PUT', '/api/webhooks/:id', 'replaceWebhook'],
  ['PATCH', '/api/webhooks/:id', 'updateWebhook'],
  ['DELETE', '/api/event-types/:name', 'deleteEventType'],
  ['GET', '/api/event-types', 'listEventTypes'],
  ['POST', '/api/event-types', 'createEventType'],
  ['POST', '/api/deliveries/:id/retry', 'retryDelivery'],
  ['POST', '/api/webhooks/:id/rotate-secret', 'rotateWebhookSecret'],
  ['POST', '/api/batches/:id/cancel', 'cancelBatch'],
  ['GET', '/api/webhooks/:id/stats', 'getWebhookStats'],
  ['POST', '/api/events/batch', 'createEventBatch'],
  ['GET', '/api/me', 'getMe'],
  ['DELETE', '/api/session', 'deleteSession'],
  ['GET', '/readyz', 'getReadyz'],
] as const)('%s %s is called %s', (method, path, name) => {
  expect(operationId(method, path)).toBe(name);
});
