import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { RelayProblem } from '#client/index.ts';
import type { Page } from '#contract/primitives.ts';
import { useLive, type LiveKind } from '../stores/live.ts';
import { useListSettings } from '../ui/listSettings.ts';
import { withSpan } from '../ui/spans.ts';
import { useFollow } from './useFollow.ts';

export interface ListOptions<T, Q> {
  /** The client's method for a page of it. */
  read: (query: Q) => Promise<Page<T>>;
  /** The query parameters of the page's address that are filters of the list; `last` is a span that ends now. */
  filters: readonly string[];
  /** Messages after which there is something new to read. */
  follows?: readonly LiveKind[];
  /** While it says so the rows stay as they are, whatever happens: somebody is choosing among them. */
  isHeld?: () => boolean;
}

/** However much happens, a followed list is read again at most this often, in ms. */
const FOLLOW_MS = 1500;

/**
 * A keyset list that is as its address says: filters, and which page. So Back, a reload and a link show it again. While its first page is
 * shown it follows what happens.
 */
export function useList<T, Q>({ read, filters, follows = [], isHeld = () => false }: ListOptions<T, Q>) {
  const route = useRoute();
  const router = useRouter();
  const settings = useListSettings();
  const { path } = route;
  const live = useLive();
  const rows = shallowRef<T[]>([]);
  const error = shallowRef<RelayProblem | null>(null);
  const isLoading = ref(true);
  const isLoaded = ref(false);
  /** The rows that are shown are not, or not yet, what was asked for. */
  const isOther = ref(false);
  const isPaused = ref(false);
  /** What has happened since the rows that are shown were read, while they are held. */
  const changes = ref(0);
  const hasMore = ref(false);
  let nextCursor: string | null = null;
  let turn = 0;

  const active = computed<Record<string, string>>(() =>
    Object.fromEntries(filters.map((name) => [name, textOf(route.query[name])] as const).filter(([, value]) => value)),
  );
  const isFiltered = computed(() => Object.keys(active.value).length > 0);
  /** Of the page that is shown; empty for the first. */
  const cursor = computed(() => textOf(route.query['cursor']));
  const pageNumber = computed(() => (cursor.value ? Math.max(2, Math.floor(Number(route.query['page'])) || 2) : 1));

  async function readPage(): Promise<void> {
    const mine = ++turn;
    isLoading.value = true;
    changes.value = 0;
    try {
      // The address may say anything; the API judges it.
      const page = await read({
        ...withSpan(active.value, Date.now()),
        limit: settings.pageSize(),
        cursor: cursor.value || undefined,
      } as Q);
      if (mine !== turn) return;
      rows.value = page.data;
      hasMore.value = page.pagination.hasMore;
      nextCursor = page.pagination.nextCursor;
      error.value = null;
      isLoaded.value = true;
      isOther.value = false;
    } catch (caught) {
      if (!(caught instanceof RelayProblem)) throw caught;
      if (mine === turn) error.value = caught;
    } finally {
      if (mine === turn) isLoading.value = false;
    }
  }

  function setFilters(values: Record<string, string>): void {
    const kept = Object.entries({ ...active.value, ...values }).filter(([, value]) => value);
    void router.push({ query: Object.fromEntries(kept) });
  }

  function clearFilters(): void {
    void router.push({ query: {} });
  }

  /** @param before the cursors of the pages before it, newest first; kept beside the address, since a page names only the next. */
  function turnTo(to: string, number: number, before: string[]): void {
    const query = to ? { ...active.value, cursor: to, page: String(number) } : active.value;
    void router.push({ query, state: { before } });
  }

  function cursorsBefore(): string[] {
    const { before } = router.options.history.state;
    return Array.isArray(before) ? before.map(String) : [];
  }

  /** Not from rows of other filters: what comes after those is another page. */
  function next(): void {
    if (nextCursor && !isOther.value) turnTo(nextCursor, pageNumber.value + 1, [...cursorsBefore(), cursor.value]);
  }

  /** Of a page that was opened by a link the one before is not known: then to the first. */
  function previous(): void {
    const before = cursorsBefore();
    turnTo(before.at(-1) ?? '', pageNumber.value - 1, before.slice(0, -1));
  }

  const { now: load, follow } = useFollow(readPage, FOLLOW_MS);
  watch(
    () => JSON.stringify([active.value, cursor.value]),
    () => {
      // The address of the next page of the dashboard is none of this list's.
      if (route.path !== path) return;
      isOther.value = true;
      void load();
    },
  );
  watch(settings.pageSize, () => (cursor.value ? turnTo('', 1, []) : void load()));
  function followFirstPage(): void {
    if (cursor.value) return;
    if (isPaused.value || isHeld()) changes.value += 1;
    else follow();
  }
  const stops = [...follows, 'reset' as const].map((kind) => live.on(kind, followFirstPage));
  onScopeDispose(() => stops.forEach((stop) => stop()));

  void load();
  /** All that a ListFrame wants to know and to tell. */
  const frame = reactive({
    count: computed(() => rows.value.length),
    isLoading,
    isLoaded,
    isOther,
    isPaused,
    changes,
    isFollowing: follows.length > 0,
    isFiltered,
    error,
    hasMore,
    pageNumber,
    onRetry: load,
    onShow: load,
    onPause(): void {
      isPaused.value = !isPaused.value;
      if (!isPaused.value) void load();
    },
    onClear: clearFilters,
    onNext: next,
    onPrevious: previous,
  });
  /** All that a FilterBar wants to know and to tell beside its filters. */
  const filterBar = reactive({
    active,
    errors: computed(() => error.value?.errors),
    onChange: setFilters,
    onClear: clearFilters,
  });
  return { rows, active, isFiltered, frame, filterBar, load, follow, setFilters, clearFilters };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
