import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { DeliveryUpdated, EventCreated } from '#contract/stream.ts';
import type { Webhook } from '#contract/webhooks.ts';

interface LiveMessages {
  'event.created': EventCreated;
  'delivery.updated': DeliveryUpdated;
  'webhook.updated': Webhook;
  reset: object;
}
export type LiveKind = keyof LiveMessages;

const KINDS: LiveKind[] = ['event.created', 'delivery.updated', 'webhook.updated', 'reset'];

/** What happens, as it happens. The browser comes back by itself after a lost connection, and resumes where it was. */
export const useLive = defineStore('live', () => {
  const state = ref<'off' | 'connecting' | 'live'>('off');
  /** Whether there has been a connection; one that was never there is not lost. */
  const wasLive = ref(false);
  const listeners = new Map<LiveKind, Set<(data: never) => void>>();
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;

  function connect(): void {
    if (source) return;
    state.value = 'connecting';
    source = new EventSource('/api/stream');
    source.onopen = () => {
      state.value = 'live';
      wasLive.value = true;
    };
    source.onerror = () => {
      state.value = 'connecting';
      // Closed for good by the browser, as after an answer other than 200.
      if (source?.readyState === EventSource.CLOSED) {
        close();
        retry = setTimeout(connect, 5000);
      }
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (message: MessageEvent<string>) => {
        const data = JSON.parse(message.data) as never;
        for (const listener of listeners.get(kind) ?? []) listener(data);
      });
    }
  }

  function close(): void {
    clearTimeout(retry);
    source?.close();
    source = null;
  }

  function disconnect(): void {
    close();
    state.value = 'off';
    wasLive.value = false;
  }

  /** Calls back for every message of a kind; answers with how to stop. */
  function on<K extends LiveKind>(kind: K, listener: (data: LiveMessages[K]) => void): () => void {
    const known = listeners.get(kind) ?? new Set();
    listeners.set(kind, known.add(listener));
    return () => known.delete(listener);
  }

  return { state, wasLive, connect, disconnect, on };
});
