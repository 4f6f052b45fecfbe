import { describe, expect, it } from 'vitest';
import { candidates, parseHosts, parseResolvConf } from './systemNames.ts';

describe('the hosts file', () => {
  it('names addresses, with comments, tabs and capitals as people write them', () => {
    const hosts = parseHosts(
      '# here\n127.0.0.1\tlocalhost Here.Test # us\n::1 localhost\n10.0.0.9 db db.test\nnone x\n\n',
    );
    expect(hosts.get('localhost')).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    expect(hosts.get('here.test')).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(hosts.get('db.test')).toEqual([{ address: '10.0.0.9', family: 4 }]);
    expect([...hosts.keys()]).not.toContain('x');
  });
});

describe('resolv.conf', () => {
  it.each([
    ['', { search: [], ndots: 1 }],
    [
      'nameserver 1.1.1.1\nsearch a.test b.test.\noptions timeout:1 ndots:5',
      { search: ['a.test', 'b.test'], ndots: 5 },
    ],
    ['domain a.test\nsearch b.test', { search: ['b.test'], ndots: 1 }],
    ['options ndots:99', { search: [], ndots: 15 }],
  ])('%j', (text, expected) => {
    expect(parseResolvConf(text)).toEqual(expected);
  });

  it.each([
    ['receiver', ['receiver.a.test', 'receiver']],
    ['receiver.b', ['receiver.b', 'receiver.b.a.test']],
    ['receiver.', ['receiver']],
  ])('%s is asked for as %j', (name, expected) => {
    expect(candidates(name, { search: ['a.test'], ndots: 1 })).toEqual(expected);
  });
});
