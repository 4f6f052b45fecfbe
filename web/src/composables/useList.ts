import { useTimeoutFn } from '@vueuse/core';
import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { RelayProblem } from '#client/index.ts';
import type { Page } from '#contract/primitives.ts';
import { useLive, type LiveKind } from '../stores/live.ts';

export interface ListOptions<T, Q> {
  /** The client's method for a page of it. */
  read: (query: Q) => Promise<Page<T>>;
  /** The query parameters of the page's address that are filters of the list. */
  filters: readonly string[];
  /** Messages after which there is something new to read. */
  follows?: readonly LiveKind[];
  limit?: number;
}

/** However much happens, a followed list is read again at most this often, in ms. */
const FOLLOW_MS = 1500;

/** A keyset list whose filters live in the address, that follows what happens while its first page is shown. */
export function useList<T, Q>({ read, filters, follows = [], limit = 25 }: ListOptions<T, Q>) {
  const route = useRoute();
  const router = useRouter();
  const live = useLive();
  const rows = shallowRef<T[]>([]);
  const error = shallowRef<RelayProblem | null>(null);
  const isLoading = ref(true);
  const isLoaded = ref(false);
  const hasMore = ref(false);
  const cursors = ref<string[]>([]);
  let nextCursor: string | null = null;
  let turn = 0;

  const active = computed<Record<string, string>>(() =>
    Object.fromEntries(filters.map((name) => [name, textOf(route.query[name])] as const).filter(([, value]) => value)),
  );
  const isFiltered = computed(() => Object.keys(active.value).length > 0);
  const pageNumber = computed(() => cursors.value.length + 1);

  async function load(): Promise<void> {
    const mine = ++turn;
    isLoading.value = true;
    try {
      // The address may say anything; the API judges it.
      const page = await read({ ...active.value, limit, cursor: cursors.value.at(-1) } as Q);
      if (mine !== turn) return;
      rows.value = page.data;
      hasMore.value = page.pagination.hasMore;
      nextCursor = page.pagination.nextCursor;
      error.value = null;
      isLoaded.value = true;
    } catch (caught) {
      if (!(caught instanceof RelayProblem)) throw caught;
      if (mine === turn) error.value = caught;
    } finally {
      if (mine === turn) isLoading.value = false;
    }
  }

  function setFilters(values: Record<string, string>): void {
    const kept = Object.entries({ ...active.value, ...values }).filter(([, value]) => value);
    void router.replace({ query: Object.fromEntries(kept) });
  }

  function clearFilters(): void {
    void router.replace({ query: {} });
  }

  function next(): void {
    if (!nextCursor) return;
    cursors.value = [...cursors.value, nextCursor];
    void load();
  }

  function previous(): void {
    cursors.value = cursors.value.slice(0, -1);
    void load();
  }

  watch(active, () => {
    cursors.value = [];
    void load();
  });

  const pending = useTimeoutFn(() => void load(), FOLLOW_MS, { immediate: false });
  const follow = (): void => {
    if (cursors.value.length === 0 && !pending.isPending.value) pending.start();
  };
  const stops = [...follows, 'reset' as const].map((kind) => live.on(kind, follow));
  onScopeDispose(() => stops.forEach((stop) => stop()));

  void load();
  /** All that a ListFrame wants to know and to tell. */
  const frame = reactive({
    count: computed(() => rows.value.length),
    isLoading,
    isLoaded,
    isFiltered,
    error,
    hasMore,
    pageNumber,
    onRetry: load,
    onClear: clearFilters,
    onNext: next,
    onPrevious: previous,
  });
  return { rows, active, isFiltered, frame, load, setFilters, clearFilters };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
