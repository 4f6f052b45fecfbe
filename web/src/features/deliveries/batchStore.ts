import { useIntervalFn } from '@vueuse/core';
import { defineStore } from 'pinia';
import { ref } from 'vue';
import { RelayProblem } from '#client/index.ts';
import type { Batch } from '#contract/batches.ts';
import { relay } from '../../api/relay.ts';

/** How it stands is asked for this often, in ms. */
const ASK_MS = 1000;

/** Bulk work that is running, whoever began it; followed from page to page until it has ended and was put away. */
export const useBatches = defineStore('batches', () => {
  const batches = ref<Batch[]>([]);
  const putAway = new Set<string>();
  const { pause, resume } = useIntervalFn(() => void read(), ASK_MS, { immediate: false });

  function follow(batch: Batch): void {
    batches.value = [...batches.value.filter(({ id }) => id !== batch.id), batch];
    resume();
  }

  /** Finds what runs already, after a reload or in another's hands. */
  async function findRunning(): Promise<void> {
    try {
      const { data } = await relay.listBatches({ status: 'running', limit: 10 });
      for (const batch of data.toReversed()) {
        if (!putAway.has(batch.id) && batches.value.every(({ id }) => id !== batch.id)) follow(batch);
      }
    } catch (error) {
      // Looked for again in a while.
      if (!(error instanceof RelayProblem)) throw error;
    }
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
    putAway.add(id);
    batches.value = batches.value.filter((one) => one.id !== id);
  }

  return { batches, follow, findRunning, read, stop, dismiss };
});
