import { describe, expect, it } from 'vitest';
import { TooSlowError, withinCpuTime } from './withinCpuTime.ts';

const forEver = () => {
  for (;;);
};

describe('a limit of CPU time', () => {
  it('gives back what the function does, and throws what it throws', () => {
    expect(withinCpuTime(1000, () => () => 7)).toBe(7);
    expect(() =>
      withinCpuTime(1000, () => () => {
        throw new RangeError('full');
      }),
    ).toThrow(RangeError);
  });

  it('breaks off what has used up its time', () => {
    expect(() => withinCpuTime(5, () => forEver)).toThrow(TooSlowError);
  });

  it('runs again what a busy machine gave no time, made anew, and not for ever', () => {
    const stolen = () => 0;
    const tooLong = [forEver, forEver];
    expect(withinCpuTime(2, () => tooLong.shift() ?? (() => 'done'), stolen)).toBe('done');
    let made = 0;
    expect(() => withinCpuTime(1, () => ((made += 1), forEver), stolen)).toThrow(TooSlowError);
    expect(made).toBe(7);
  });
});
