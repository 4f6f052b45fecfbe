import { describe, expect, it } from 'vitest';
import { describeFailure } from './describeFailure.ts';
import { TargetNotAllowedError } from './errors.ts';

const connecting = { connected: false, responded: false, https: false };
const sent = { connected: true, responded: false, https: false };

/** As Node makes them: the message holds what must not get out. */
const failure = (code: string) => Object.assign(new Error(`${code} 10.1.2.3:8443 db.internal`), { code });

describe('describeFailure', () => {
  it.each([
    ['ENOTFOUND', connecting, 'dns'],
    ['EAI_AGAIN', connecting, 'dns'],
    ['EAI_NODATA', connecting, 'dns'],
    ['ECONNREFUSED', connecting, 'connect_refused'],
    ['ERR_CONNECT_TIMEOUT', connecting, 'connect_timeout'],
    ['ETIMEDOUT', connecting, 'connect_timeout'],
    ['ETIMEDOUT', sent, 'timeout'],
    ['ECONNRESET', sent, 'reset'],
    ['ECONNRESET', connecting, 'reset'],
    ['ECONNRESET', { ...connecting, https: true }, 'tls'],
    ['ECONNRESET', { ...sent, https: true }, 'reset'],
    ['EPIPE', sent, 'reset'],
    ['CERT_HAS_EXPIRED', connecting, 'tls'],
    ['CERT_NOT_YET_VALID', connecting, 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', connecting, 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', connecting, 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', connecting, 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', connecting, 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', connecting, 'tls'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', connecting, 'tls'],
    ['EPROTO', connecting, 'tls'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', sent, 'tls'],
    ['HPE_HEADER_OVERFLOW', sent, 'invalid_response'],
    ['HPE_INVALID_CONSTANT', sent, 'invalid_response'],
    ['EHOSTUNREACH', connecting, 'network'],
    ['ENETUNREACH', connecting, 'network'],
    ['EMFILE', connecting, 'network'],
    ['ERR_INVALID_CHAR', connecting, 'network'],
  ])('takes %s, at %j, as %s, and gives no address or name away', (code, progress, expected) => {
    const described = describeFailure(failure(code), progress);
    expect(described.code).toBe(expected);
    expect(described.message).not.toMatch(/10\.1\.2\.3|8443|internal/);
  });

  it('passes on why a target is not allowed', () => {
    expect(describeFailure(new TargetNotAllowedError('private address'), connecting)).toEqual({
      code: 'target_not_allowed',
      message: 'The target is not allowed: private address',
    });
  });

  it('names the most telling of the failures of several addresses', () => {
    const error = new AggregateError([failure('ENETUNREACH'), failure('ECONNREFUSED'), failure('ETIMEDOUT')]);
    expect(describeFailure(error, connecting).code).toBe('connect_refused');
    expect(describeFailure(new AggregateError([failure('ENETUNREACH')]), connecting).code).toBe('network');
    expect(describeFailure(new AggregateError([]), connecting).code).toBe('network');
  });

  it.each([undefined, null, 'text', {}, { code: 7 }, { code: 'db.internal:5432' }, new Error('10.1.2.3')])(
    'calls %j a network error and no more',
    (error) => {
      expect(describeFailure(error, connecting)).toEqual({ code: 'network', message: 'Network error' });
    },
  );
});
