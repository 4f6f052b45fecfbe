import { useTimeoutFn } from '@vueuse/core';
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { Page } from '#contract/primitives.ts';
import { api, ApiError, query } from '../api/client.ts';
import { useLive, type LiveKind } from '../stores/live.ts';

export interface ListOptions {
  path: string;
  /** The query parameters of the page's address that are filters of the list. */
  filters: readonly string[];
  /** Filters that always hold. */
  fixed?: () => Record<string, string>;
  /** Messages after which there is something new to read. */
  follows?: readonly LiveKind[];
  limit?: number;
}

/** However much happens, a followed list is read again at most this often, in ms. */
const FOLLOW_MS = 1500;

/** A keyset list whose filters live in the address, that follows what happens while its first page is shown. */
export function useList<T extends { id?: string }>({ path, filters, fixed, follows = [], limit = 25 }: ListOptions) {
  const route = useRoute();
  const router = useRouter();
  const live = useLive();
  const rows = shallowRef<T[]>([]);
  const error = ref<ApiError | null>(null);
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
      const page = await api.get<Page<T>>(
        path + query({ ...active.value, ...fixed?.(), limit, cursor: cursors.value.at(-1) }),
      );
      if (mine !== turn) return;
      rows.value = page.data;
      hasMore.value = page.pagination.hasMore;
      nextCursor = page.pagination.nextCursor;
      error.value = null;
      isLoaded.value = true;
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
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
  return {
    rows,
    error,
    isLoading,
    isLoaded,
    hasMore,
    pageNumber,
    active,
    isFiltered,
    load,
    setFilters,
    clearFilters,
    next,
    previous,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
