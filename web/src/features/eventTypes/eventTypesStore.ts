import { defineStore } from 'pinia';
import { ref } from 'vue';
import { RelayProblem } from '#client/index.ts';
import type { EventType } from '#contract/eventTypes.ts';
import { relay } from '../../api/relay.ts';
import { useSession } from '../../stores/session.ts';

/** The registered event types, for forms that name one. */
export const useEventTypes = defineStore('eventTypes', () => {
  const session = useSession();
  const types = ref<EventType[]>([]);

  /** Reads the newest hundred; what cannot be read is left as it is, since the forms work without. */
  async function read(): Promise<void> {
    if (!session.may('webhooks:read')) return;
    try {
      types.value = (await relay.listEventTypes({ limit: 100 })).data;
    } catch (error) {
      if (!(error instanceof RelayProblem)) throw error;
    }
  }

  const named = (name: string): EventType | null => types.value.find((type) => type.name === name) ?? null;
  return { types, read, named };
});
