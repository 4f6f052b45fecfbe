import { DEVELOPMENT_API_KEY } from '../../ops/developmentKey.ts';
import type { Batch } from '../../contract/batches.ts';
import type { Delivery, DeliveryDetail } from '../../contract/deliveries.ts';
import type { Event, EventWithDeliveries } from '../../contract/events.ts';
import type { Page } from '../../contract/primitives.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Webhook, WebhookWithSecret } from '../../contract/webhooks.ts';
import { checkAnswer } from './conformance.ts';

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
  text: string;
}

/**
 * Calls the API as a module would: JSON in, JSON out, nothing hidden. Fails when an answer is not as described.
 * @param isOfThisRelease one of another release is described otherwise.
 */
export function createApiClient(baseUrl: string, key: string | null = DEVELOPMENT_API_KEY, isOfThisRelease = true) {
  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { ...(key ? { 'x-api-key': key } : {}), 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (isOfThisRelease) checkAnswer({ method, path, status: response.status, headers: response.headers, text });
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson(response.headers) && text ? JSON.parse(text) : undefined) as T,
      text,
    };
  }

  return {
    call,
    postEvent: (event: object, headers?: Record<string, string>) => call<Event>('POST', '/api/events', event, headers),
    getEvent: (id: string) => call<EventWithDeliveries>('GET', `/api/events/${id}`),
    createWebhook: async (webhook: object): Promise<WebhookWithSecret> => {
      const answer = await call<WebhookWithSecret>('POST', '/api/webhooks', {
        name: 'Test',
        eventTypes: ['*'],
        ...webhook,
      });
      if (answer.status !== 201) throw new Error(`The webhook was refused: ${answer.text}`);
      return answer.body;
    },
    getWebhook: (id: string) => call<Webhook>('GET', `/api/webhooks/${id}`),
    listDeliveries: (query = '') => call<Page<Delivery>>('GET', `/api/deliveries${query}`),
    getDelivery: (id: string) => call<DeliveryDetail>('GET', `/api/deliveries/${id}`),
    retryDelivery: (id: string) => call<Delivery & Problem>('POST', `/api/deliveries/${id}/retry`),
    cancelDelivery: (id: string) => call<Delivery & Problem>('POST', `/api/deliveries/${id}/cancel`),
    getBatch: (id: string) => call<Batch>('GET', `/api/batches/${id}`),
  };
}
export type ApiClient = ReturnType<typeof createApiClient>;

function isJson(headers: Headers): boolean {
  return /[/+]json\b/.test(headers.get('content-type') ?? '');
}
