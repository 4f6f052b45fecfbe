import { setTimeout as sleep } from 'node:timers/promises';
import { refusalOf, RelayProblem } from '../../client/index.ts';
import { apiKeyOf, type ConnectionOptions, fetchFrom } from '../connection.ts';
import { readMessages, type StreamMessage } from './readMessages.ts';

/** The stream speaks every 15 s; one that is silent for so long is dead. */
const SILENCE_MS = 45_000;
const RECONNECT_MS = 2000;

export interface FollowOptions {
  connection: ConnectionOptions;
  /** Ends it. */
  signal: AbortSignal;
  /** Told when the stream is open, also when it is open again. */
  onOpen: () => void;
  /** Told once when the connection is lost. */
  onLost: () => void;
}

/**
 * What `GET /api/stream` tells, without an end: after a lost connection it goes on after the last message.
 * @throws when the first connect fails, and RelayProblem when the key does not hold any more.
 */
export async function* followStream(options: FollowOptions): AsyncGenerator<StreamMessage> {
  const { signal, onOpen, onLost } = options;
  let lastEventId: string | null = null;
  let waitMs = RECONNECT_MS;
  let wasOpen = false;
  while (!signal.aborted) {
    let isOpen = false;
    let askedMs = 0;
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const body = await open(options, lastEventId, AbortSignal.any([signal, silence.signal]));
      isOpen = wasOpen = true;
      onOpen();
      for await (const message of readMessages(body)) {
        timer.refresh();
        lastEventId = message.id ?? lastEventId;
        waitMs = message.retryMs ?? waitMs;
        if (message.event) yield message;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!wasOpen || isFinal(error)) throw error;
      askedMs = error instanceof RelayProblem ? (error.retryAfterMs ?? 0) : 0;
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
    if (isOpen) onLost();
    await sleep(Math.max(waitMs, askedMs), null, { signal }).catch(() => undefined);
  }
}

async function open({ connection }: FollowOptions, lastEventId: string | null, signal: AbortSignal) {
  const apiKey = apiKeyOf(connection);
  const response = await fetchFrom(connection.url)(`${connection.url.replace(/\/+$/, '')}/api/stream`, {
    headers: {
      accept: 'text/event-stream, application/problem+json',
      ...(apiKey !== undefined && { 'x-api-key': apiKey }),
      ...(lastEventId !== null && { 'last-event-id': lastEventId }),
    },
    signal,
  });
  if (!response.ok || !response.body) throw await refusalOf(response);
  return response.body;
}

/** Trying again would not help: the key is refused. */
function isFinal(error: unknown): boolean {
  return error instanceof RelayProblem && error.status < 500 && error.status !== 408 && error.status !== 429;
}
