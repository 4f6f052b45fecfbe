import { expect, test } from 'vitest';
import { movedBy, placeOf, spanOf } from './chosenSpan.ts';

const intervals = [10, 11, 12].map((hour, index) => ({
  at: `2026-01-31T${hour}:00:00.000Z`,
  ...{ delivered: 10 ** index, failed: index, notSent: 1 },
}));

test('a span goes to the end of its last interval, whichever was chosen first, and sums up what lies in it', () => {
  const whole = { from: intervals[1]?.at, to: '2026-01-31T13:00:00.000Z', delivered: 110, failed: 3, notSent: 2 };
  expect(spanOf(intervals, [1, 2], 3600)).toEqual(whole);
  expect(spanOf(intervals, [2, 1], 3600)).toEqual(whole);
  expect(spanOf(intervals, [0, 0], 3600)).toMatchObject({ to: '2026-01-31T11:00:00.000Z', delivered: 1 });
  expect(spanOf([], [0, 0], 3600)).toBeNull();
});

test('a moment stays where it is in time when the intervals move on', () => {
  const places = ['09:00', '10:00', '11:30', '12:00', '15:00'].map((time) =>
    placeOf(intervals, `2026-01-31T${time}:00.000Z`),
  );
  expect(places).toEqual([0, 0, 1, 2, 2]);
});

test('keys lead from interval to interval, and not beyond the ends', () => {
  expect(['ArrowLeft', 'ArrowRight', 'Home', 'End', 'a'].map((key) => movedBy(key, 1, 3))).toEqual([0, 2, 0, 2, null]);
  expect([movedBy('ArrowLeft', 0, 3), movedBy('ArrowRight', 2, 3)]).toEqual([0, 2]);
});
