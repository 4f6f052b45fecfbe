import { expect, test } from 'vitest';
import { DEFAULT_WINDOW, StartWindow } from './startWindow.ts';

/** A window with a clock that is moved by hand; `starts` tries up to `count` and says how many were let through. */
function createWindow() {
  let now = 0;
  let number = 0;
  const window = new StartWindow(DEFAULT_WINDOW, undefined, () => now);
  const running: string[] = [];
  const starts = (webhookId: string, count: number, clientId = 'c'): number => {
    let started = 0;
    while (started < count && window.mayStart({ webhookId, clientId })) {
      const deliveryId = `${webhookId}-${number++}`;
      window.start(deliveryId, { webhookId, clientId });
      running.push(deliveryId);
      started += 1;
    }
    return started;
  };
  return {
    window,
    running,
    starts,
    pass: (ms: number): void => {
      now += ms;
      window.age();
    },
    /** Lets endpoints answer at once, so that they are known to be well. */
    prove: (...webhookIds: string[]): void => {
      for (const webhookId of webhookIds) {
        starts(webhookId, 1);
        window.end(running.pop() ?? '');
      }
    },
  };
}

const { fast, fastPerClient, unproven, unprovenPerWebhook, slowAfterMs } = DEFAULT_WINDOW;

test('endpoints that have never answered take half of the places at most, however many they are, and few each', () => {
  const { starts, prove } = createWindow();
  prove('well');
  expect(starts('silent-0', 1000)).toBe(unprovenPerWebhook);
  const more = Array.from({ length: 9 }, (_, number) => starts(`silent-${number + 1}`, 1000));
  expect(more.reduce((sum, count) => sum + count, unprovenPerWebhook)).toBe(unproven);
  expect(starts('well', 1000)).toBe(fastPerClient - unproven);
});

test('what is slow holds no place of the others, from its start on', () => {
  const { starts, prove, pass } = createWindow();
  const silent = Array.from({ length: 10 }, (_, number) => `silent-${number}`);
  prove('well');
  for (let round = 0; round < 3; round++) {
    for (const webhookId of silent) starts(webhookId, 1000);
    pass(slowAfterMs);
  }
  for (const webhookId of silent) starts(webhookId, 1000);
  expect(starts('well', 1000)).toBe(fastPerClient);
});

test('when all places of slow ones are taken, one that has none waits for a place like what has not answered yet', () => {
  const { window, running, starts, pass } = createWindow();
  const startNew = (name: string) => {
    for (let n = 0; n < unproven; n++) starts(`${name}-${n}`, 1);
  };
  starts('ill', 1);
  pass(slowAfterMs);
  window.end(running.pop() ?? '');
  for (let round = 0; round < DEFAULT_WINDOW.slow / unproven; round++) {
    startNew(`silent-${round}`);
    pass(slowAfterMs);
  }
  startNew('new');
  expect(starts('ill', 1)).toBe(0);
  pass(slowAfterMs);
  expect(starts('ill', 1)).toBe(1);
});

test('an endpoint that was well and stalls holds up nobody else', () => {
  const { starts, prove, pass } = createWindow();
  prove('stalls', 'well');
  expect(starts('stalls', 1000)).toBe(fastPerClient);
  expect(starts('well', 1)).toBe(0);
  expect(starts('of another client', 1, 'other')).toBe(1);
  pass(slowAfterMs);
  expect(starts('stalls', 1)).toBe(0);
  expect(starts('well', 10)).toBe(10);
});

test('one client leaves places to another, and all together leave none', () => {
  const { starts, prove } = createWindow();
  prove('one', 'another');
  expect(starts('one', 1000)).toBe(fastPerClient);
  expect(starts('another', 1000, 'other')).toBe(fast - fastPerClient);
});

test('after its attempts have timed out, few start again, and one after the other', () => {
  const { window, running, starts, prove, pass } = createWindow();
  prove('stalls');
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
  const { window, running, starts, prove, pass } = createWindow();
  prove('ill');
  starts('ill', 1000);
  for (let second = 0; second < 15; second++) pass(1000);
  for (const deliveryId of running.splice(0)) window.end(deliveryId);
  for (let answer = 0; answer < 8; answer++) {
    starts('ill', 1);
    pass(10);
    for (const deliveryId of running.splice(0)) window.end(deliveryId);
  }
  expect(starts('ill', 1000)).toBe(fastPerClient);
});

test('what the webhook’s own pace holds back does not make its endpoint slow', () => {
  const { window, running, starts, prove, pass } = createWindow();
  prove('paced');
  starts('paced', 20);
  for (const deliveryId of running) window.hold(deliveryId);
  for (let second = 0; second < 15; second++) pass(1000);
  for (const deliveryId of running.splice(0)) window.end(deliveryId);
  expect(starts('paced', 1000)).toBe(fastPerClient);
});
