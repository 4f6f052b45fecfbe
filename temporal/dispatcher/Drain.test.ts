import { expect, test } from 'vitest';
import { Drain } from './Drain.ts';

const USUAL = 20;
/** More a second than anybody looks at. */
const MOST = 1000;

/** A webhook whose endpoint is well again since the beginning of the clock. */
async function recovered() {
  const clock = { now: 0 };
  const webhook = { isDown: false, recoveredAt: new Date(0) };
  const drain = new Drain(
    { find: (id) => (id === 'w' ? webhook : undefined) },
    () => Promise.resolve(USUAL),
    () => clock.now,
  );
  drain.mayGo('w');
  await Promise.resolve();
  /** How many go in a second, looked at ten times. */
  const second = (isTaken: boolean) => {
    let gone = 0;
    for (let look = 0; look < 10; look++) {
      clock.now += 100;
      for (; gone < MOST && drain.mayGo('w'); gone++) {
        drain.take('w');
        drain.ended('w', isTaken);
      }
    }
    return gone;
  };
  return { drain, webhook, clock, second };
}

test('what was held goes out no faster than it came at first, then faster with each that is taken, and a backlog of two minutes within half a minute', async () => {
  const { second } = await recovered();
  const seconds = Array.from({ length: 30 }, () => second(true));
  expect(seconds[0]).toBeLessThan(2 * USUAL);
  expect(seconds[1]).toBeLessThan(2 * USUAL);
  expect(seconds.reduce((sum, gone) => sum + gone, 0)).toBeGreaterThan(120 * USUAL);
});

test('one that is not taken makes it slower', async () => {
  const { second } = await recovered();
  for (let n = 0; n < 5; n++) second(true);
  second(false);
  expect(second(true)).toBeLessThan(USUAL);
});

test('nothing goes to one that is down, and others are not slowed', async () => {
  const { drain, webhook } = await recovered();
  webhook.isDown = true;
  expect(drain.mayGo('w')).toBe(false);
  for (let n = 0; n < 1000; n++) {
    expect(drain.mayGo('another')).toBe(true);
    drain.take('another');
  }
});

test('it is forgotten when the endpoint takes a thousand a second, or after ten minutes', async () => {
  const { drain, clock } = await recovered();
  expect(drain.isUnderWay).toBe(true);
  clock.now += 601_000;
  drain.tick();
  expect(drain.isUnderWay).toBe(false);
  expect(drain.mayGo('w')).toBe(true);
});
