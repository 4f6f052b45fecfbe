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

/** As the browser's, for the tabs of one test. */
class FakeLocks {
  private readonly waiting: (() => void)[] = [];
  private isHeld = false;
  async request(_name: string, { signal }: { signal: AbortSignal }, lead: () => Promise<void>): Promise<void> {
    if (this.isHeld) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (signal.aborted) return this.waiting.shift()?.();
    this.isHeld = true;
    await lead();
    this.isHeld = false;
    this.waiting.shift()?.();
  }
}

/** As the browser's, but at once. */
class FakeChannel {
  static open: FakeChannel[] = [];
  onmessage: ((message: { data: unknown }) => void) | null = null;
  constructor() {
    FakeChannel.open.push(this);
  }
  postMessage(data: unknown): void {
    for (const other of FakeChannel.open) if (other !== this) other.onmessage?.({ data });
  }
  close(): void {
    FakeChannel.open = FakeChannel.open.filter((one) => one !== this);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeEventSource);
  vi.stubGlobal('BroadcastChannel', FakeChannel);
  vi.stubGlobal('navigator', { locks: new FakeLocks() });
  FakeEventSource.opened = [];
  FakeChannel.open = [];
  setActivePinia(createPinia());
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('one connection is opened, and is live once the server answers', () => {
  const live = useLive();
  expect(live.state).toBe('off');
  live.connect('me');
  live.connect('me');
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
  live.connect('me');
  last().say('delivery.updated', { id: 'one' });
  last().say('event.created', { id: 'other' });
  stop();
  last().say('delivery.updated', { id: 'two' });
  last().say('reset', {});
  expect(heard).toEqual(['one', 'reset']);
});

test('a broken connection is left to the browser, a refused one is opened anew after a while', () => {
  const live = useLive();
  live.connect('me');
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
  live.connect('me');
  const source = last();
  source.readyState = FakeEventSource.CLOSED;
  source.onerror?.();
  live.disconnect();
  vi.advanceTimersByTime(60_000);
  expect(FakeEventSource.opened.length).toBe(1);
  expect([live.state, live.wasLive]).toEqual(['off', false]);
});

const tab = () => {
  setActivePinia(createPinia());
  const live = useLive();
  const heard: string[] = [];
  live.on('delivery.updated', ({ id }) => heard.push(id));
  live.on('reset', () => heard.push('reset'));
  live.connect('me');
  return { live, heard };
};

test('however many tabs there are, one has the connection, and all hear what comes by it', () => {
  const tabs = Array.from({ length: 8 }, tab);
  last().onopen?.();
  last().say('delivery.updated', { id: 'one' });
  expect(FakeEventSource.opened.length).toBe(1);
  expect(tabs.map(({ live, heard }) => [live.state, heard])).toEqual(tabs.map(() => ['live', ['one']]));
  const late = tab();
  expect([late.live.state, FakeEventSource.opened.length]).toEqual(['live', 1]);
});

test('when the tab with the connection is closed, another opens one and reads what it may have missed', async () => {
  const [first, second] = [tab(), tab()];
  last().onopen?.();
  first.live.disconnect();
  await vi.waitFor(() => expect(FakeEventSource.opened.length).toBe(2));
  last().onopen?.();
  last().say('delivery.updated', { id: 'two' });
  expect(second.heard).toEqual(['reset', 'two']);
  expect([first.live.state, second.live.state, first.heard]).toEqual(['off', 'live', []]);
});
