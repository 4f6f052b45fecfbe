import type { DeliveryUpdated, EventCreated } from '../contract/stream.ts';
import type { Webhook } from '../contract/webhooks.ts';
import { readMessages } from './readMessages.ts';
import { RelayProblem } from './relayProblem.ts';
import { refusalOf, type RelayClientOptions } from './send.ts';

/** The stream speaks every 15 s; one that is silent for so long is dead. */
const SILENCE_MS = 45_000;
const RECONNECT_MS = 2000;

/** A message of `GET /api/stream`; after a `reset` some may have been missed, and lists are to be read anew. */
export type StreamUpdate = { id: string | null } & (
  | { event: 'event.created'; data: EventCreated }
  | { event: 'delivery.updated'; data: DeliveryUpdated }
  | { event: 'webhook.updated'; data: Webhook }
  | { event: 'reset'; data: unknown }
);

export interface FollowOptions extends Pick<RelayClientOptions, 'baseUrl' | 'apiKey' | 'fetch'> {
  /** Ends it. */
  signal?: AbortSignal;
  /** Goes on after this message, of five minutes ago at most. */
  lastEventId?: string;
  /** Told when the stream is open, also when it is open again. */
  onOpen?: () => void;
  /** Told once when the connection is lost. */
  onLost?: () => void;
}

/**
 * What changes, as it changes, until `signal` ends it: `for await (const { event, data } of followStream({ baseUrl, apiKey }))`. After a lost
 * connection it goes on after the last message. A name of an event that is not known here is to be passed over.
 * @throws when the first connect fails, and RelayProblem when the key does not hold any more.
 */
export async function* followStream(options: FollowOptions): AsyncGenerator<StreamUpdate> {
  const { signal, onOpen, onLost } = options;
  let lastEventId = options.lastEventId ?? null;
  let waitMs = RECONNECT_MS;
  let wasOpen = false;
  while (!signal?.aborted) {
    let isOpen = false;
    let askedMs = 0;
    const silence = new AbortController();
    const listenOn = () => setTimeout(() => silence.abort(), SILENCE_MS);
    let timer = listenOn();
    try {
      const body = await open(options, lastEventId, AbortSignal.any([...(signal ? [signal] : []), silence.signal]));
      isOpen = wasOpen = true;
      onOpen?.();
      for await (const { id, event, data, retryMs } of readMessages(body)) {
        clearTimeout(timer);
        timer = listenOn();
        lastEventId = id ?? lastEventId;
        waitMs = retryMs ?? waitMs;
        if (event) yield { id, event, data: JSON.parse(data || 'null') as unknown } as StreamUpdate;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!wasOpen || isFinal(error)) throw error;
      askedMs = error instanceof RelayProblem ? (error.retryAfterMs ?? 0) : 0;
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
    if (isOpen) onLost?.();
    await pause(Math.max(waitMs, askedMs), signal);
  }
}

async function open(
  { baseUrl, apiKey, fetch = globalThis.fetch }: FollowOptions,
  lastEventId: string | null,
  signal: AbortSignal,
) {
  const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/api/stream`, {
    headers: {
      accept: 'text/event-stream, application/problem+json',
      ...(apiKey !== undefined && { 'x-api-key': apiKey }),
      ...(lastEventId !== null && { 'last-event-id': lastEventId }),
    },
    signal,
  });
  if (!response.ok || !response.body) throw await refusalOf(response);
  return response.body as unknown as AsyncIterable<Uint8Array>;
}

/** Trying again would not help: the key is refused. */
function isFinal(error: unknown): boolean {
  return error instanceof RelayProblem && error.status < 500 && error.status !== 408 && error.status !== 429;
}

/** Resolves after so many ms, or when the signal is given. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
