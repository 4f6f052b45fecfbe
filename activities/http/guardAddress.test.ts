import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { TargetNotAllowedError } from './errors.ts';
import { createAddressGuard, guardedLookup, type AddressGuard } from './guardAddress.ts';

const closed = createAddressGuard([]);
const local = createAddressGuard(['127.0.0.0/8', '::1/128']);

const reasonOf = (guard: AddressGuard, address: string) => {
  const verdict = guard.check(address);
  return verdict.allowed ? 'allowed' : verdict.reason;
};

describe('the address guard', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '93.184.216.34',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
    '2001:4860:4860::8888',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('allows the globally routable %s', (address) => {
    expect(closed.check(address)).toEqual({ allowed: true });
  });

  it.each([
    ['0.0.0.0', 'unspecified address'],
    ['0.1.2.3', 'unspecified address'],
    ['10.0.0.1', 'private address'],
    ['100.64.0.1', 'shared address (carrier-grade NAT)'],
    ['100.127.255.255', 'shared address (carrier-grade NAT)'],
    ['100.100.100.200', 'cloud metadata address'],
    ['127.0.0.1', 'loopback address'],
    ['127.255.255.254', 'loopback address'],
    ['168.63.129.16', 'cloud metadata address'],
    ['169.254.0.1', 'link-local address'],
    ['169.254.169.254', 'cloud metadata address'],
    ['169.254.170.2', 'cloud metadata address'],
    ['172.16.0.1', 'private address'],
    ['172.31.255.255', 'private address'],
    ['192.0.0.1', 'reserved address'],
    ['192.0.0.192', 'cloud metadata address'],
    ['192.0.2.1', 'reserved address'],
    ['192.31.196.1', 'reserved address'],
    ['192.52.193.1', 'reserved address'],
    ['192.88.99.1', 'reserved address'],
    ['192.168.1.1', 'private address'],
    ['192.175.48.1', 'reserved address'],
    ['198.18.0.1', 'reserved address'],
    ['198.19.255.255', 'reserved address'],
    ['198.51.100.1', 'reserved address'],
    ['203.0.113.1', 'reserved address'],
    ['224.0.0.1', 'multicast address'],
    ['239.255.255.255', 'multicast address'],
    ['240.0.0.1', 'reserved address'],
    ['255.255.255.255', 'broadcast address'],
  ])('refuses %s: %s', (address, reason) => {
    expect(reasonOf(closed, address)).toBe(reason);
  });

  it.each([
    ['::', 'unspecified address'],
    ['::1', 'loopback address'],
    ['fe80::1', 'link-local address'],
    ['fe80::1%eth0', 'link-local address'],
    ['febf::1', 'link-local address'],
    ['fec0::1', 'private address (site-local)'],
    ['fc00::1', 'private address (unique local)'],
    ['fdff:ffff::1', 'private address (unique local)'],
    ['fd00:ec2::254', 'cloud metadata address'],
    ['fd20:ce::254', 'cloud metadata address'],
    ['ff02::1', 'multicast address'],
    ['100::1', 'discard-only address'],
    ['2001:2::1', 'benchmarking address'],
    ['2001:db8::1', 'reserved address'],
    ['3fff::1', 'reserved address'],
    ['2001:10::1', 'reserved address'],
    ['2001:20::1', 'reserved address'],
    ['5f00::1', 'reserved address'],
    ['4000::1', 'address that is not globally routable'],
    ['200::1', 'address that is not globally routable'],
    ['1::1', 'address that is not globally routable'],
  ])('refuses %s: %s', (address, reason) => {
    expect(reasonOf(closed, address)).toBe(reason);
  });

  it.each([
    ['IPv4-mapped, dotted', '::ffff:127.0.0.1', 'loopback address'],
    ['IPv4-mapped, hexadecimal', '::ffff:a9fe:a9fe', 'cloud metadata address'],
    ['IPv4-mapped, written out', '0:0:0:0:0:FFFF:0A00:0001', 'private address'],
    ['IPv4-compatible', '::127.0.0.1', 'IPv4 address embedded in IPv6 (IPv4-compatible)'],
    ['IPv4-compatible of a public address', '::808:808', 'IPv4 address embedded in IPv6 (IPv4-compatible)'],
    ['translated', '::ffff:0:127.0.0.1', 'IPv4 address embedded in IPv6 (translated)'],
    ['NAT64', '64:ff9b::127.0.0.1', 'loopback address'],
    ['NAT64 of a metadata address', '64:ff9b::a9fe:a9fe', 'cloud metadata address'],
    ['local NAT64', '64:ff9b:1::808:808', 'IPv4 address embedded in IPv6 (NAT64)'],
    ['6to4', '2002:7f00:1::', 'IPv4 address embedded in IPv6 (6to4)'],
    ['6to4 of a public address', '2002:808:808::1', 'IPv4 address embedded in IPv6 (6to4)'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2', 'IPv4 address embedded in IPv6 (Teredo)'],
    ['ISATAP', '2606:4700::5efe:10.0.0.1', 'IPv4 address embedded in IPv6 (ISATAP)'],
    ['ISATAP, universal bit set', '2606:4700::200:5efe:a00:1', 'IPv4 address embedded in IPv6 (ISATAP)'],
  ])('refuses an embedded IPv4 address: %s', (_, address, reason) => {
    expect(reasonOf(closed, address)).toBe(reason);
  });

  it.each([
    '',
    'localhost',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '2130706433',
    '127.0.0.1.',
    '[::1]',
    '8.8.8.8/32',
    ' 8.8.8.8',
  ])('refuses %j, which is no address in canonical spelling', (text) => {
    expect(reasonOf(closed, text)).toBe('not an IP address');
    expect(reasonOf(local, text)).toBe('not an IP address');
  });
});

describe('allowed ranges', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:7f00:1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['::127.0.0.1', false],
    ['64:ff9b::127.0.0.1', false],
    ['2002:7f00:1::', false],
    ['169.254.169.254', false],
    ['8.8.8.8', true],
  ])('with the loopback ranges allowed, %s: %s', (address, allowed) => {
    expect(local.check(address).allowed).toBe(allowed);
  });

  it.each([
    [['10.1.2.3/8'], '10.9.9.9', true],
    [['10.1.2.3/16'], '10.2.0.1', false],
    [['192.168.1.7/32'], '192.168.1.7', true],
    [['192.168.1.7/32'], '192.168.1.8', false],
    [['::ffff:10.0.0.0/104'], '10.2.3.4', true],
    [['::ffff:10.0.0.0/104'], '::ffff:10.2.3.4', true],
    [['::ffff:10.0.0.0/104'], '192.168.0.1', false],
    [['::/0'], 'fd00::1', true],
    [['::/0'], '::ffff:10.0.0.1', false],
    [['0.0.0.0/0'], '169.254.169.254', true],
    [['0.0.0.0/0'], '::1', false],
    [[' 10.0.0.0/8 '], '10.0.0.1', true],
  ])('%j applied to %s: %s', (cidrs, address, allowed) => {
    expect(createAddressGuard(cidrs).check(address).allowed).toBe(allowed);
  });

  it.each([
    '10/8',
    '10.0.0.0',
    '10.0.0.0/33',
    '::1/129',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/',
    'localhost/8',
    '',
    '0x0a.0.0.0/8',
  ])('refuses to start with %j, naming it', (bad) => {
    expect(() => createAddressGuard(['127.0.0.0/8', bad])).toThrow(JSON.stringify(bad));
  });

  it('names every bad entry at once', () => {
    expect(() => createAddressGuard(['here', '10.0.0.0/8', 'there'])).toThrow('"here", "there"');
  });
});

describe('checkUrl', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://127.0.0.1./',
    'http://%31%32%37.0.0.1/',
    'http://１２７.0.0.1/',
    'http://127。0。0。1/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://localhost/',
    'http://LOCALHOST:8080/',
    'http://localhost./',
    'http://app.localhost/',
    'http://app.localhost./',
    'https://0/',
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/',
    'http://[64:ff9b::7f00:1]/',
    'http://user:pass@10.0.0.1/',
    'file:///etc/passwd',
  ])('refuses %s', (url) => {
    expect(closed.checkUrl(new URL(url)).allowed).toBe(false);
  });

  it.each([
    'https://example.com/hook',
    'https://does-not-resolve.invalid/',
    'https://localhost.example.com/',
    'https://notlocalhost/',
    'https://127.0.0.1.example.com/',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
  ])('allows %s, until it is connected to', (url) => {
    expect(closed.checkUrl(new URL(url))).toEqual({ allowed: true });
  });

  it.each(['http://localhost:9000/', 'http://app.localhost/', 'http://127.1/', 'http://[::1]:9000/'])(
    'allows %s where loopback is allowed',
    (url) => {
      expect(local.checkUrl(new URL(url))).toEqual({ allowed: true });
    },
  );
});

describe('guardedLookup', () => {
  const resolvingTo = (...found: string[]): LookupFunction => {
    return (_hostname, _options, callback) => {
      callback(
        null,
        found.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
  };
  const lookUp = (lookup: LookupFunction, all: boolean) =>
    new Promise<unknown>((resolve, reject) => {
      lookup('some.name', { all }, (error, address, family) =>
        error ? reject(error) : resolve(all ? address : { address, family }),
      );
    });

  it('hands on only allowed addresses', async () => {
    const lookup = guardedLookup(closed, resolvingTo('10.0.0.1', '8.8.8.8', '::1', '2606:4700:4700::1111'));
    await expect(lookUp(lookup, true)).resolves.toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700:4700::1111', family: 6 },
    ]);
    await expect(lookUp(lookup, false)).resolves.toEqual({ address: '8.8.8.8', family: 4 });
  });

  it('says why no address is left, without naming one', async () => {
    const lookup = guardedLookup(closed, resolvingTo('10.0.0.1', '10.0.0.2', '127.0.0.1'));
    const error: unknown = await lookUp(lookup, true).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TargetNotAllowedError);
    expect(error).toMatchObject({ reason: 'private address, loopback address, found by resolving the name' });
    await expect(lookUp(lookup, false)).rejects.toThrow(TargetNotAllowedError);
  });

  it('refuses a name without any address', async () => {
    await expect(lookUp(guardedLookup(closed, resolvingTo()), true)).rejects.toThrow(TargetNotAllowedError);
  });

  it('passes on the failure of the resolver', async () => {
    const failing: LookupFunction = (_hostname, _options, callback) => callback(new Error('ENOTFOUND'), []);
    await expect(lookUp(guardedLookup(closed, failing), true)).rejects.toThrow('ENOTFOUND');
  });

  it('takes the answer of a resolver that gives one address only', async () => {
    const single: LookupFunction = (_hostname, _options, callback) => callback(null, '127.0.0.1', 4);
    await expect(lookUp(guardedLookup(closed, single), true)).rejects.toThrow(TargetNotAllowedError);
    await expect(lookUp(guardedLookup(local, single), true)).resolves.toEqual([{ address: '127.0.0.1', family: 4 }]);
  });

  it('uses the system resolver when none is given', async () => {
    const resolved = await new Promise((resolve) => {
      guardedLookup(local)('localhost', { all: true }, (error, found) => resolve(error ?? found));
    });
    expect(resolved).toEqual(
      expect.arrayContaining([expect.objectContaining({ family: expect.any(Number) as unknown })]),
    );
  });
});
