import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, nextTick } from 'vue';
import type { SearchHit, SearchQuery, SearchResult } from '#contract/search.ts';
import { problemOf } from '../../testing/problemOf.ts';
import { useSearch } from './useSearch.ts';

const hit = (id: string): SearchHit => ({
  ...{ kind: 'event', id, title: 'order.created', detail: null, status: 'failed', at: null, clientId: 'c' },
  why: { by: 'payload', text: id },
});
const result = (data: SearchHit[], nextCursor: string | null = null): SearchResult => ({
  ...{ data, nextCursor, lookedBackTo: '2026-01-01T00:00:00.000Z', isComplete: nextCursor === null },
});

interface Asked {
  query: SearchQuery;
  signal: AbortSignal | undefined;
  answer: (result: SearchResult) => void;
  fail: (error: unknown) => void;
}
let asked: Asked[];
let scope = effectScope();
const open = () =>
  scope.run(() =>
    useSearch(
      (query, signal) =>
        new Promise((answer, fail) => {
          asked.push({ query, signal, answer, fail });
        }),
    ),
  ) as ReturnType<typeof useSearch>;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

async function type(search: ReturnType<typeof useSearch>, text: string): Promise<void> {
  search.text.value = text;
  await nextTick();
}
const settle = () => vi.advanceTimersByTimeAsync(0);

it('searches when nothing is typed for a moment, and ends the search for what was typed before', async () => {
  const search = open();
  await type(search, '4');
  await type(search, '47');
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked.map(({ query }) => query)).toEqual([{ q: '47' }]);
  await type(search, '4711 ');
  expect(asked[0]?.signal?.aborted).toBe(true);
  expect(search.isPending.value).toBe(true);
  await vi.advanceTimersByTimeAsync(1000);
  asked[1]?.answer(result([hit('new')]));
  asked[0]?.answer(result([hit('old')]));
  await settle();
  expect(search.hits.value.map(({ id }) => id)).toEqual(['new']);
  expect(search.isPending.value).toBe(false);
});

it('searches for an id at once, and for nothing when nothing is typed', async () => {
  const search = open();
  await type(search, '0191B2F4-7c1e-7b7e-9d5a-3f1f6c1f2a10');
  await settle();
  expect(asked).toHaveLength(1);
  asked[0]?.answer(result([hit('x')]));
  await settle();
  await type(search, '  ');
  await vi.advanceTimersByTimeAsync(1000);
  expect([asked.length, search.hits.value, search.reach.value, search.isPending.value]).toEqual([1, [], null, false]);
});

it('searches at once when asked to, and once only', async () => {
  const search = open();
  await type(search, '4711');
  void search.now();
  void search.now();
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toHaveLength(1);
  expect([asked[0]?.signal?.aborted, search.isPending.value]).toEqual([false, true]);
  asked[0]?.answer(result([hit('x')]));
  await settle();
  expect([search.hits.value.length, search.isPending.value]).toEqual([1, false]);
});

it('looks further until something more is found, by the cursor of the answer before', async () => {
  const search = open();
  await type(search, '4711');
  await vi.advanceTimersByTimeAsync(1000);
  asked[0]?.answer(result([hit('first')], 'a'));
  await settle();
  const looking = search.lookFurther();
  asked[1]?.answer(result([hit('first')], 'b'));
  await settle();
  expect(search.isLookingFurther.value).toBe(true);
  asked[2]?.answer(result([hit('second')], 'c'));
  await looking;
  expect(asked.map(({ query }) => query.cursor)).toEqual([undefined, 'a', 'b']);
  expect(search.hits.value.map(({ id }) => id)).toEqual(['first', 'second']);
  expect([search.isLookingFurther.value, search.reach.value?.nextCursor]).toEqual([false, 'c']);
});

it('stops looking further when something else is typed', async () => {
  const search = open();
  await type(search, '4711');
  await vi.advanceTimersByTimeAsync(1000);
  asked[0]?.answer(result([], 'a'));
  await settle();
  void search.lookFurther();
  await type(search, '4712');
  expect(asked[1]?.signal?.aborted).toBe(true);
  asked[1]?.answer(result([hit('late')], 'b'));
  await settle();
  expect([search.hits.value, search.isLookingFurther.value]).toEqual([[], false]);
});

it('says what went wrong, until something else is typed', async () => {
  const search = open();
  await type(search, '4711');
  await vi.advanceTimersByTimeAsync(1000);
  asked[0]?.fail(problemOf('unavailable'));
  await settle();
  expect([search.error.value?.problem.code, search.isPending.value]).toEqual(['unavailable', false]);
  expect([search.hits.value, search.reach.value]).toEqual([[], null]);
  await type(search, '4712');
  expect(search.error.value).toBeNull();
});
