import { createPinia } from 'pinia';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createApp, effectScope, type App, type EffectScope } from 'vue';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import { relay } from '../api/relay.ts';
import { useLive } from '../stores/live.ts';
import { useList } from './useList.ts';

let app: App;
let router: Router;
let scope: EffectScope;
/** The addresses that were asked for, in order. */
let asked: string[];
let answer: (path: string) => { status: number; body: unknown };

const page = (id: string, nextCursor: string | null = null) => ({
  status: 200,
  body: { data: [{ id }], pagination: { limit: 25, nextCursor, hasMore: nextCursor !== null } },
});

beforeEach(async () => {
  asked = [];
  answer = () => page('one');
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    const { status, body } = answer(path);
    return Promise.resolve(Response.json(body, { status }));
  });
  router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/events', component: {} }] });
  await router.push('/events?status=failed&other=1&status2=');
  app = createApp({});
  app.use(createPinia()).use(router);
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.unstubAllGlobals();
});

async function startList() {
  const filters = ['status', 'eventType'];
  const list = app.runWithContext(() => scope.run(() => useList({ read: relay.listEvents, filters })));
  if (!list) throw new Error('The scope has ended');
  await read(1);
  return list;
}

/** Waits until so many calls have been made and answered. */
async function read(times: number): Promise<void> {
  await vi.waitFor(() => expect(asked.length).toBe(times));
  await new Promise(setImmediate);
}

test('filters are read from the address, what else it says is left alone', async () => {
  const list = await startList();
  expect(asked).toEqual(['/api/events?status=failed&limit=25']);
  expect([list.active.value, list.isFiltered.value]).toEqual([{ status: 'failed' }, true]);
  expect(list.rows.value).toEqual([{ id: 'one' }]);
});

test('a filter that is set goes into the address, and the list begins anew', async () => {
  answer = () => page('one', 'next');
  const list = await startList();
  list.frame.onNext();
  await read(2);
  expect(list.frame.pageNumber).toBe(2);
  expect(router.currentRoute.value.fullPath).toBe('/events?status=failed&cursor=next&page=2');
  list.setFilters({ eventType: 'order.created', status: '' });
  await read(3);
  expect(router.currentRoute.value.fullPath).toBe('/events?eventType=order.created');
  expect(asked.slice(1)).toEqual([
    '/api/events?status=failed&limit=25&cursor=next',
    '/api/events?eventType=order.created&limit=25',
  ]);
  expect(list.frame.pageNumber).toBe(1);
  list.clearFilters();
  await read(4);
  expect([router.currentRoute.value.fullPath, list.isFiltered.value]).toEqual(['/events', false]);
});

test('what was read stays when a later try is refused', async () => {
  const list = await startList();
  answer = () => ({ status: 503, body: { code: 'unavailable', detail: 'Try later.', requestId: 'r-1' } });
  await list.load();
  expect([list.frame.error?.code, list.rows.value]).toEqual(['unavailable', [{ id: 'one' }]]);
  answer = () => page('two');
  await list.load();
  expect([list.frame.error, list.rows.value]).toEqual([null, [{ id: 'two' }]]);
});

test('while it is paused, or somebody chooses among them, the rows stay, and what has happened is counted', async () => {
  let isHeld = false;
  const follows = ['event.created' as const];
  const options = { read: relay.listEvents, filters: [], follows, isHeld: () => isHeld };
  const heard: ((data: never) => void)[] = [];
  const live = app.runWithContext(() => useLive());
  vi.spyOn(live, 'on').mockImplementation((_kind, listener) => {
    heard.push(listener);
    return () => false;
  });
  const list = app.runWithContext(() => scope.run(() => useList(options)));
  await read(1);
  const happen = () => heard[0]?.({} as never);
  isHeld = true;
  happen();
  happen();
  expect(list?.frame.changes).toBe(2);
  isHeld = false;
  list?.frame.onPause();
  happen();
  expect([list?.frame.changes, asked.length]).toEqual([3, 1]);
  list?.frame.onPause();
  await read(2);
  expect([list?.frame.changes, list?.frame.isPaused]).toEqual([0, false]);
});

test('an address with a page is that page; what the list before it was is undone by going back', async () => {
  answer = () => page('one', 'next');
  await router.push('/events?status=failed&cursor=here&page=4');
  const list = await startList();
  expect([asked, list.frame.pageNumber]).toEqual([['/api/events?status=failed&limit=25&cursor=here'], 4]);
  list.setFilters({ eventType: 'order.created' });
  await read(2);
  router.back();
  await read(3);
  expect([asked[2], list.frame.pageNumber]).toEqual([asked[0], 4]);
  // Which page was before it is not known here.
  list.frame.onPrevious();
  await read(4);
  expect(router.currentRoute.value.fullPath).toBe('/events?status=failed');
});

test('a span that ends now begins anew with each reading', async () => {
  vi.useFakeTimers({ now: Date.parse('2026-01-31T12:00:00.000Z'), toFake: ['Date'] });
  await router.push('/events?last=1h');
  const options = { read: relay.listEvents, filters: ['last', 'from'] };
  const list = app.runWithContext(() => scope.run(() => useList(options)));
  await read(1);
  vi.setSystemTime(Date.parse('2026-01-31T12:30:00.000Z'));
  await list?.load();
  vi.useRealTimers();
  expect(asked).toEqual([
    '/api/events?from=2026-01-31T11%3A00%3A00.000Z&limit=25',
    '/api/events?from=2026-01-31T11%3A30%3A00.000Z&limit=25',
  ]);
});

test('another page of the dashboard reads no list of the one before', async () => {
  await startList();
  router.addRoute({ path: '/other', component: {} });
  await router.push('/other');
  await new Promise(setImmediate);
  expect(asked.length).toBe(1);
});

test('the page after the rows of other filters is not turned to', async () => {
  answer = () => page('one', 'next');
  const list = await startList();
  const { fetch } = globalThis;
  let release: () => void = () => undefined;
  const isReleased = new Promise<void>((resolve) => (release = resolve));
  vi.stubGlobal('fetch', async (path: string) => {
    await isReleased;
    return fetch(path);
  });
  list.setFilters({ status: 'delivered' });
  await vi.waitFor(() => expect(list.frame.isOther).toBe(true));
  list.frame.onNext();
  release();
  await read(2);
  expect(router.currentRoute.value.fullPath).toBe('/events?status=delivered');
  list.frame.onNext();
  await read(3);
  expect(list.frame.pageNumber).toBe(2);
});
