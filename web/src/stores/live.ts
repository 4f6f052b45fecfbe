import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { DeliveryUpdated, EventCreated } from '#contract/stream.ts';
import type { Webhook } from '#contract/webhooks.ts';
import { followSharedStream } from './sharedStream.ts';

interface LiveMessages {
  'event.created': EventCreated;
  'delivery.updated': DeliveryUpdated;
  'webhook.updated': Webhook;
  reset: object;
}
export type LiveKind = keyof LiveMessages;

/** What happens, as it happens, by one connection for all tabs. */
export const useLive = defineStore('live', () => {
  const state = ref<'off' | 'connecting' | 'live'>('off');
  /** Whether there has been a connection; one that was never there is not lost. */
  const wasLive = ref(false);
  const listeners = new Map<LiveKind, Set<(data: never) => void>>();
  let stop: (() => void) | null = null;

  /** @param name of who is signed in: only their tabs share a connection. */
  function connect(name: string): void {
    if (stop) return;
    state.value = 'connecting';
    stop = followSharedStream(name, {
      onState(now) {
        state.value = now;
        if (now === 'live') wasLive.value = true;
      },
      onMessage(kind, text) {
        const data = JSON.parse(text) as never;
        for (const listener of listeners.get(kind) ?? []) listener(data);
      },
    });
  }

  function disconnect(): void {
    stop?.();
    stop = null;
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
