import { expect, test } from 'vitest';
import { DEFAULT_WINDOW, StartWindow } from './startWindow.ts';

/** A window with a clock that is moved by hand; `starts` tries up to `count` and says how many were let through. */
function createWindow() {
  let now = 0;
  let number = 0;
  const window = new StartWindow(DEFAULT_WINDOW, () => now);
  const running: string[] = [];
  return {
    window,
    running,
    starts: (webhookId: string, count: number): number => {
      let started = 0;
      while (started < count && window.mayStart(webhookId)) {
        const deliveryId = `${webhookId}-${number++}`;
        window.start(deliveryId, webhookId);
        running.push(deliveryId);
        started += 1;
      }
      return started;
    },
    pass: (ms: number): void => {
      now += ms;
      window.age();
    },
  };
}

test('an endpoint that stalls holds up nobody else', () => {
  const { starts, pass } = createWindow();
  expect(starts('stalls', 1000)).toBe(DEFAULT_WINDOW.fast);
  expect(starts('well', 1)).toBe(0);
  pass(DEFAULT_WINDOW.slowAfterMs);
  expect(starts('stalls', 1)).toBe(0);
  expect(starts('well', 10)).toBe(10);
});

test('after its attempts have timed out, few start again, and one after the other', () => {
  const { window, running, starts, pass } = createWindow();
  starts('stalls', 1000);
  for (let second = 0; second < 15; second++) pass(1000);
  for (const deliveryId of running.splice(0)) window.end(deliveryId);
  expect(starts('stalls', 1000)).toBe(1);
  let later = 0;
  for (let second = 0; second < 14; second++) {
    pass(1000);
    later += starts('stalls', 1000);
  }
  expect(later).toBeGreaterThan(2);
  expect(later).toBeLessThan(6);
});

test('a few fast answers give an endpoint that is well again its whole share', () => {
  const { window, running, starts, pass } = createWindow();
  starts('ill', 1000);
  for (let second = 0; second < 15; second++) pass(1000);
  for (const deliveryId of running.splice(0)) window.end(deliveryId);
  for (let answer = 0; answer < 8; answer++) {
    starts('ill', 1);
    pass(10);
    for (const deliveryId of running.splice(0)) window.end(deliveryId);
  }
  expect(starts('ill', 1000)).toBe(DEFAULT_WINDOW.fast);
});

test('what the webhook’s own pace holds back does not make its endpoint slow', () => {
  const { window, running, starts, pass } = createWindow();
  starts('paced', 20);
  for (const deliveryId of running) window.hold(deliveryId);
  for (let second = 0; second < 15; second++) pass(1000);
  for (const deliveryId of running.splice(0)) window.end(deliveryId);
  expect(starts('paced', 1000)).toBe(DEFAULT_WINDOW.fast);
});
