import { computed, ref, watch, type Ref } from 'vue';
import { RelayProblem } from '#client/index.ts';

/** How many are asked for at once. */
const AT_ONCE = 4;

/** Rows that were ticked, and doing something to each of them with its progress. Rows that are no longer shown drop out. */
export function useSelection<T extends { id: string }>(rows: Ref<readonly T[]>, isSelectable: (row: T) => boolean) {
  const ids = ref<ReadonlySet<string>>(new Set());
  const progress = ref<{ total: number; done: number; refused: number } | null>(null);
  const selectable = computed(() => rows.value.filter(isSelectable));
  const selected = computed(() => rows.value.filter(({ id }) => ids.value.has(id)));
  const isAll = computed(() => selectable.value.length > 0 && selected.value.length === selectable.value.length);

  watch(rows, (shown) => {
    const left = shown.filter((row) => ids.value.has(row.id) && isSelectable(row));
    ids.value = new Set(left.map(({ id }) => id));
  });

  function toggle(id: string): void {
    const next = new Set(ids.value);
    if (!next.delete(id)) next.add(id);
    ids.value = next;
  }

  function toggleAll(): void {
    ids.value = new Set(isAll.value ? [] : selectable.value.map(({ id }) => id));
  }

  const clear = (): void => void (ids.value = new Set());

  /** Does it to each, a few at once; those that the API refuses are counted. Answers how it went. */
  async function run(targets: readonly T[], act: (id: string) => Promise<unknown>) {
    const state = { total: targets.length, done: 0, refused: 0 };
    progress.value = { ...state };
    const queue = targets.map(({ id }) => id);
    const worker = async (): Promise<void> => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        try {
          await act(id);
          state.done += 1;
        } catch (error) {
          if (!(error instanceof RelayProblem)) throw error;
          state.refused += 1;
        }
        progress.value = { ...state };
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    } finally {
      progress.value = null;
    }
    clear();
    return state;
  }

  return { ids, selected, isAll, progress, toggle, toggleAll, clear, run };
}
