import { describe, expect, it } from 'vitest';
import { behaviourOf, react } from './reaction.ts';

describe('behaviourOf', () => {
  it.each([
    ['/', null],
    ['/hook', null],
    ['/hook?status=503', null],
    ['/constructor/toString', null],
    ['/status/503', { status: 503 }],
    ['/status/503?x=1', { status: 503 }],
    ['/hook/status/503/', { status: 503 }],
    ['/fail/2', { fail: 2 }],
    ['/fail/2/status/429', { fail: 2, status: 429 }],
    ['/rate/0.1', { rate: 0.1 }],
    ['/rate/0.1/hangup', { rate: 0.1, hangUp: true }],
    ['/stall/5000', { stallMs: 5000 }],
    ['/drip/100', { dripMs: 100 }],
    ['/hangup', { hangUp: true }],
    ['/fail/0', { fail: 0 }],
    ['/status', 'invalid'],
    ['/status/', 'invalid'],
    ['/status/abc', 'invalid'],
    ['/status/99', 'invalid'],
    ['/status/101', 'invalid'],
    ['/status/600', 'invalid'],
    ['/fail/-1', 'invalid'],
    ['/fail/1.5', 'invalid'],
    ['/rate/1.1', 'invalid'],
    ['/stall/1e99', 'invalid'],
  ])('reads %s', (path, expected) => {
    expect(behaviourOf(path)).toEqual(expected);
  });
});

describe('react', () => {
  it.each([
    ['nothing asked', {}, 1, 0, {}],
    ['a status alone', { status: 404 }, 9, 0.9, { status: 404 }],
    ['hanging up alone', { hangUp: true }, 9, 0.9, { hangUp: true }],
    ['one of the first', { fail: 2 }, 2, 0.9, { status: 500 }],
    ['one after the first', { fail: 2 }, 3, 0.9, {}],
    ['one of the first, with a status', { fail: 2, status: 429 }, 1, 0.9, { status: 429 }],
    ['one after the first, with a status', { fail: 2, status: 429 }, 3, 0.9, {}],
    ['one of the first, hanging up', { fail: 1, hangUp: true }, 1, 0.9, { hangUp: true }],
    ['by chance', { rate: 0.1 }, 1, 0.09, { status: 500 }],
    ['by chance not', { rate: 0.1 }, 1, 0.1, {}],
    ['never by chance', { rate: 0 }, 1, 0, {}],
    ['always by chance', { rate: 1 }, 1, 0.999, { status: 500 }],
    ['a pace', { stallMs: 5, dripMs: 6 }, 1, 0, { stallMs: 5, dripMs: 6 }],
    ['a pace and a failure', { stallMs: 5, fail: 1 }, 1, 0.9, { stallMs: 5, status: 500 }],
  ])('%s', (_, behaviour, attempt, chance, expected) => {
    expect(react(behaviour, attempt, chance)).toEqual(expected);
  });
});
