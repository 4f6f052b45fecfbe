import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useLive } from './live.ts';

/** As the browser's, told what happens by the test. */
class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeEventSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    FakeEventSource.opened.push(this);
  }
  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }
  say(kind: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) }));
  }
}

const last = (): FakeEventSource => {
  const source = FakeEventSource.opened.at(-1);
  if (!source) throw new Error('No connection was opened');
  return source;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeEventSource);
  FakeEventSource.opened = [];
  setActivePinia(createPinia());
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('one connection is opened, and is live once the server answers', () => {
  const live = useLive();
  expect(live.state).toBe('off');
  live.connect();
  live.connect();
  expect(FakeEventSource.opened.map(({ url }) => url)).toEqual(['/api/stream']);
  expect([live.state, live.wasLive]).toEqual(['connecting', false]);
  last().onopen?.();
  expect([live.state, live.wasLive]).toEqual(['live', true]);
});

test('a message reaches those that listen for its kind, until they stop', () => {
  const live = useLive();
  const heard: string[] = [];
  const stop = live.on('delivery.updated', ({ id }) => heard.push(id));
  live.on('reset', () => heard.push('reset'));
  live.connect();
  last().say('delivery.updated', { id: 'one' });
  last().say('event.created', { id: 'other' });
  stop();
  last().say('delivery.updated', { id: 'two' });
  last().say('reset', {});
  expect(heard).toEqual(['one', 'reset']);
});

test('a broken connection is left to the browser, a refused one is opened anew after a while', () => {
  const live = useLive();
  live.connect();
  last().onopen?.();
  last().onerror?.();
  expect([live.state, live.wasLive]).toEqual(['connecting', true]);
  vi.advanceTimersByTime(60_000);
  expect(FakeEventSource.opened.length).toBe(1);
  last().readyState = FakeEventSource.CLOSED;
  last().onerror?.();
  vi.advanceTimersByTime(5000);
  expect(FakeEventSource.opened.length).toBe(2);
});

test('after signing out nothing is opened again', () => {
  const live = useLive();
  live.connect();
  const source = last();
  source.readyState = FakeEventSource.CLOSED;
  source.onerror?.();
  live.disconnect();
  vi.advanceTimersByTime(60_000);
  expect(FakeEventSource.opened.length).toBe(1);
  expect([live.state, live.wasLive]).toEqual(['off', false]);
});
