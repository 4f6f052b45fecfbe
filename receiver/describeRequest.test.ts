import { describe, expect, it } from 'vitest';
import type { ReceivedRequest } from './createReceiver.ts';
import { describeInFull, describeRequest } from './describeRequest.ts';

const request: ReceivedRequest = {
  at: new Date('2026-11-23T10:00:00.123Z'),
  path: '/hook',
  headers: { 'webhook-id': 'evt_1' },
  body: '{"type":"job.done","data":{"id":12345678901234567890}}',
  attempt: 1,
  verified: null,
  seal: null,
};

describe('describeRequest', () => {
  it('shows when, where, what, how often, by whom, the answer, and the body as it came', () => {
    expect(describeRequest(request, {}, false)).toBe(
      '10:00:00.123  /hook  job.done  evt_1  attempt 1  unverified  → 200\n' +
        '  {"type":"job.done","data":{"id":12345678901234567890}}',
    );
  });

  it.each([
    [{ seal: 'right' as const }, {}, '✓ verified  → 200'],
    [{ seal: 'forged' as const }, { status: 401 }, '✗ forged  → 401'],
    [{ seal: 'other-secret' as const }, {}, "✗ signed with another secret (another webhook's?)"],
    [{ attempt: 3 }, { status: 503 }, 'attempt 3  unverified  → 503'],
    [{}, { hangUp: true }, '→ hangs up'],
    [{}, { stallMs: 50 }, '→ 200, after 50 ms'],
    [{}, { dripMs: 5 }, '→ 200, dripping'],
    [{ headers: {}, body: 'hello' }, {}, 'no type  no webhook-id'],
  ])('says so: %j answered with %j', (change, reaction, expected) => {
    expect(describeRequest({ ...request, ...change }, reaction, false)).toContain(expected);
  });

  it('lets nothing that arrived steer the terminal', () => {
    const nasty = { ...request, headers: { 'webhook-id': '\x1b[2J' }, body: '{"type":"\x1b[2J"}\x9b' };
    // eslint-disable-next-line no-control-regex
    expect(describeRequest(nasty, {}, false)).not.toMatch(/[\x1b\x9b]/);
  });

  it('cuts a long body and says how long it was', () => {
    expect(describeRequest({ ...request, body: 'x'.repeat(5000) }, {}, false)).toContain('… (5000 characters)');
  });

  it('shows in full each header, and the body indented without changing a number', () => {
    expect(describeInFull(request, {}, false).split('\n').slice(1)).toEqual([
      ...['  webhook-id: evt_1', '', '  {', '    "type": "job.done",', '    "data": {'],
      ...['      "id": 12345678901234567890', '    }', '  }', ''],
    ]);
    const nasty = { ...request, headers: { 'x-nasty': '\x1b[2J' }, body: '\x1b[2J' };
    // eslint-disable-next-line no-control-regex
    expect(describeInFull(nasty, {}, false)).not.toMatch(/\x1b/);
  });

  it('is coloured only on demand', () => {
    expect(describeRequest(request, {}, true)).toContain('\x1b[');
  });
});
