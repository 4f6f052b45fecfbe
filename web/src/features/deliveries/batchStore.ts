import { useIntervalFn } from '@vueuse/core';
import { defineStore } from 'pinia';
import { ref } from 'vue';
import { RelayProblem } from '#client/index.ts';
import type { Batch } from '#contract/deliveries.ts';
import { relay } from '../../api/relay.ts';

const ASK_MS = 1000;

/** Bulk work that was begun here; followed from page to page until it has ended and was put away. */
export const useBatches = defineStore('batches', () => {
  const batches = ref<Batch[]>([]);
  const { pause, resume } = useIntervalFn(() => void read(), ASK_MS, { immediate: false });

  function follow(batch: Batch): void {
    batches.value = [...batches.value.filter(({ id }) => id !== batch.id), batch];
    resume();
  }

  async function read(): Promise<void> {
    await Promise.all(batches.value.filter(({ status }) => status === 'running').map(({ id }) => readOne(id)));
    if (batches.value.every(({ status }) => status !== 'running')) pause();
  }

  async function readOne(id: string): Promise<void> {
    try {
      replace(await relay.getBatch(id));
    } catch (error) {
      // Asked again in a second.
      if (!(error instanceof RelayProblem)) throw error;
    }
  }

  function replace(batch: Batch): void {
    batches.value = batches.value.map((one) => (one.id === batch.id ? batch : one));
  }

  const stop = async (id: string): Promise<void> => replace(await relay.cancelBatch(id));

  function dismiss(id: string): void {
    batches.value = batches.value.filter((one) => one.id !== id);
  }

  return { batches, follow, read, stop, dismiss };
});
