import { useDocumentVisibility, useTimeoutFn } from '@vueuse/core';
import { onScopeDispose, watch } from 'vue';

/**
 * Reads again after something has happened: never while a reading is under way, so that slow answers are shown and not
 * overtaken by the next, at most once in `pauseMs` after it, and not while nobody sees the page.
 */
export function useFollow(read: () => Promise<void>, pauseMs: number) {
  const visibility = useDocumentVisibility();
  let underWay = 0;
  let isDue = false;
  let isOver = false;
  const pause = useTimeoutFn(() => void now(), pauseMs, { immediate: false });
  onScopeDispose(() => (isOver = true));
  watch(visibility, () => isDue && follow());

  /** Reads at once, as for a person; what is read then comes later than what is under way. */
  async function now(): Promise<void> {
    underWay += 1;
    isDue = false;
    try {
      await read();
    } finally {
      underWay -= 1;
      if (isDue) follow();
    }
  }

  /** Something has happened that is to be read. */
  function follow(): void {
    isDue = true;
    if (isOver || underWay > 0 || visibility.value === 'hidden' || pause.isPending.value) return;
    pause.start();
  }

  return { now, follow };
}
