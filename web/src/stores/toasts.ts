import { defineStore } from 'pinia';
import { ref } from 'vue';
import { RelayProblem } from '#client/index.ts';

export interface Toast {
  id: number;
  kind: 'done' | 'failed';
  text: string;
}

const SHOWN_MS = 6000;

/** Short words about what was done; read out by screen readers. */
export const useToasts = defineStore('toasts', () => {
  const toasts = ref<Toast[]>([]);
  let next = 0;

  function show(kind: Toast['kind'], text: string): void {
    const id = next++;
    toasts.value.push({ id, kind, text });
    setTimeout(() => dismiss(id), SHOWN_MS);
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  /** Does something and says how it went, success only when there are words for it; answers whether it went well. */
  async function attempt(done: string | null, act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      if (done !== null) show('done', done);
      return true;
    } catch (error) {
      if (!(error instanceof RelayProblem)) throw error;
      show('failed', error.problem.detail);
      return false;
    }
  }

  return { toasts, show, dismiss, attempt };
});
