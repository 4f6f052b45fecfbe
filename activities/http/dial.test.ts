import { EventEmitter } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dial } from './dial.ts';

/** Addresses that take a connection, or fail, after so many ms; undefined: never. */
type Network = Record<string, { takesMs?: number; failsMs?: number }>;

function start(network: Network, signal = new AbortController().signal) {
  const tried: string[] = [];
  const closed: string[] = [];
  const connect = ({ address }: { address: string }): Socket => {
    tried.push(address);
    const { takesMs, failsMs } = network[address] ?? {};
    const socket = Object.assign(new EventEmitter(), {
      address,
      destroy: () => {
        closed.push(address);
        clearTimeout(timer);
      },
    });
    const wait = takesMs ?? failsMs;
    const event = () => (takesMs === undefined ? socket.emit('error', new Error(address)) : socket.emit('connect'));
    const timer = wait === undefined ? undefined : setTimeout(event, wait);
    return socket as unknown as Socket;
  };
  const addresses = Object.keys(network).map((address) => ({ address, family: isIP(address) }));
  return { result: dial(addresses, connect, signal), tried, closed };
}
const addressOf = async (result: Promise<Socket>) =>
  (await result.then((socket) => socket as unknown as { address: string })).address;

describe('of several addresses', () => {
  it('a slow first one is not given up when the others fail', async () => {
    const { result, tried } = start({
      '10.0.0.1': { takesMs: 400 },
      '::1': { failsMs: 0 },
      '10.0.0.2': { failsMs: 0 },
    });
    expect(await addressOf(result)).toBe('10.0.0.1');
    expect(tried).toEqual(['10.0.0.1', '::1', '10.0.0.2']);
  });

  it('the next one is tried beside a first that never answers, which is closed then', async () => {
    const { result, closed } = start({ '10.0.0.1': {}, '10.0.0.2': { takesMs: 0 } });
    expect(await addressOf(result)).toBe('10.0.0.2');
    expect(closed).toEqual(['10.0.0.1']);
  });

  it('only one is tried when it answers', async () => {
    const { result, tried } = start({ '10.0.0.1': { takesMs: 0 }, '::1': { takesMs: 0 } });
    expect(await addressOf(result)).toBe('10.0.0.1');
    await sleep(300);
    expect(tried).toEqual(['10.0.0.1']);
  });

  it('the next one is tried at once when one fails, the families in turn', async () => {
    const failing = { failsMs: 0 };
    const { result, tried } = start({
      '10.0.0.1': failing,
      '10.0.0.2': failing,
      '::1': failing,
      '::2': failing,
      '::3': failing,
    });
    await expect(result).rejects.toBeInstanceOf(AggregateError);
    expect(tried).toEqual(['10.0.0.1', '::1', '10.0.0.2', '::2', '::3']);
  });
});

it('a single address fails with its own error', async () => {
  await expect(start({ '10.0.0.1': { failsMs: 0 } }).result).rejects.toThrow('10.0.0.1');
});

it('giving up closes what is being tried', async () => {
  const patience = new AbortController();
  const { result, closed } = start({ '10.0.0.1': {} }, patience.signal);
  patience.abort(new Error('enough'));
  await expect(result).rejects.toThrow('enough');
  expect(closed).toEqual(['10.0.0.1']);
});
