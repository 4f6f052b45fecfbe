import { describe, expect, it } from 'vitest';
import { judgeConnections } from './checkConnections.ts';

const DEFAULTS = { max: 100, reserved: 3, relay: 0, others: 0 };
const API = { role: 'api', poolMax: 20 } as const;

describe('the connections of a server', () => {
  it.each([
    ['two of each with the default pool', DEFAULTS, API],
    ['a Temporal beside them', { ...DEFAULTS, max: 200, others: 49 }, API],
    ['one program in both roles', DEFAULTS, { role: 'all', poolMax: 20 } as const],
    ['as many as there are', { ...DEFAULTS, others: 13 }, API],
    ['a pooler, which holds the pools', { ...DEFAULTS, max: 20 }, { ...API, poolMax: null }],
    ['all that is needed taken by Relay itself', { ...DEFAULTS, relay: 84 }, API],
  ])('are enough for %s', (_, connections, wanted) => {
    expect(judgeConnections(connections, wanted)).toMatchObject({ check: 'connections', status: 'ok', todo: null });
  });

  it.each([
    ['one too many', { ...DEFAULTS, others: 14 }, API, /to 150 or more .*DATABASE_POOL_MAX to 19\.$/],
    ['a Temporal on the same server', { ...DEFAULTS, others: 49 }, API, /to 150 or more .*DATABASE_POOL_MAX to 11\.$/],
    ['pools that are too large', DEFAULTS, { role: 'all', poolMax: 50 } as const, /DATABASE_POOL_MAX to 47\.$/],
    ['no pool that would fit', { ...DEFAULTS, others: 90 }, API, /to 200 or more \(it restarts\)\.$/],
    ['listening alone', { ...DEFAULTS, max: 6 }, { ...API, poolMax: null }, /to 50 or more \(it restarts\)\.$/],
    ['a server that is full', { ...DEFAULTS, relay: 96 }, API, /pg_stat_activity/],
  ])('are too few for %s', (_, connections, wanted, todo) => {
    expect(judgeConnections(connections, wanted)).toMatchObject({
      status: 'warn',
      todo: expect.stringMatching(todo) as string,
    });
  });

  it('are told in figures that can be checked', () => {
    expect(judgeConnections({ ...DEFAULTS, others: 49 }, API).message).toBe(
      'two API and two worker processes with DATABASE_POOL_MAX 20 take up to 84 connections, others hold 49, max_connections leaves 97',
    );
    expect(judgeConnections({ ...DEFAULTS, relay: 96 }, API).message).toBe(
      '96 of 97 are taken: another process would not start',
    );
  });
});
