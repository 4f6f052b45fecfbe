import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { problemOf } from '../testing/problemOf.ts';
import { useToasts } from './toasts.ts';

beforeEach(() => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
});
afterEach(() => void vi.useRealTimers());

test('what was done and what was refused is said, for a while', async () => {
  const store = useToasts();
  expect(await store.attempt('Saved.', () => Promise.resolve())).toBe(true);
  expect(await store.attempt(null, () => Promise.resolve())).toBe(true);
  const refuse = () => Promise.reject(problemOf('webhook_disabled', 'It is disabled.'));
  expect(await store.attempt('Saved.', refuse)).toBe(false);
  expect(store.toasts.map(({ kind, text }) => [kind, text])).toEqual([
    ['done', 'Saved.'],
    ['failed', 'It is disabled.'],
  ]);
  vi.runAllTimers();
  expect(store.toasts).toEqual([]);
});

test('one is dismissed by itself, the others stay', () => {
  const store = useToasts();
  store.show('done', 'one');
  store.show('done', 'two');
  store.dismiss(store.toasts[0]?.id ?? -1);
  expect(store.toasts.map(({ text }) => text)).toEqual(['two']);
});
