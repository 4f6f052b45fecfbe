import { type AttemptError, type AttemptErrorCode, TargetNotAllowedError, UnresolvedNameError } from './errors.ts';

/** How far an exchange got before it failed. */
export interface Progress {
  /** The request was about to be written: connecting, and TLS, had succeeded. */
  connected: boolean;
  /** The response's status line and headers had come. */
  responded: boolean;
  https: boolean;
}

const CODES: Record<string, AttemptErrorCode> = {
  ENOTFOUND: 'dns',
  ENODATA: 'dns',
  ECONNREFUSED: 'connect_refused',
  ERR_CONNECT_TIMEOUT: 'connect_timeout',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  EPROTO: 'tls',
  HOSTNAME_MISMATCH: 'tls',
  ERR_TOO_MUCH_BEFORE_RESPONSE: 'invalid_response',
  ERR_UNASKED_UPGRADE: 'invalid_response',
  ERR_STATUS_CODE: 'invalid_response',
};

/** Families of codes: getaddrinfo's, those of Node's HTTP parser, and what OpenSSL and Node call troubles with TLS and certificates. */
const FAMILIES: [RegExp, AttemptErrorCode][] = [
  [/^EAI_/, 'dns'],
  [/^HPE_/, 'invalid_response'],
  [
    /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERROR_IN_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/,
    'tls',
  ],
];

const TLS_REASONS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate chain ends in an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate chain is incomplete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate was issued by an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server wants a client certificate',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS on this port',
};

/** When several addresses failed differently, the one that tells most. */
const TELLING: AttemptErrorCode[] = ['target_not_allowed', 'tls', 'connect_refused', 'reset', 'connect_timeout'];

/**
 * Names what went wrong below HTTP. Node's own messages are left out on purpose: they hold addresses,
 * ports and names from certificates; their error codes do not.
 */
export function describeFailure(error: unknown, progress: Progress): AttemptError {
  if (error instanceof TargetNotAllowedError || error instanceof UnresolvedNameError)
    return { code: error.code, message: error.message };
  if (error instanceof AggregateError) return mostTelling(error.errors, progress);
  const name = codeOf(error);
  const code = classOf(name, progress);
  return { code, message: messageFor(code, name, progress) };
}

function mostTelling(errors: unknown[], progress: Progress): AttemptError {
  const described = errors.map((error) => describeFailure(error, progress));
  const telling = TELLING.map((code) => described.find((error) => error.code === code)).find(Boolean);
  return telling ?? described[0] ?? { code: 'network', message: 'Network error' };
}

function classOf(name: string, { connected, https }: Progress): AttemptErrorCode {
  if (name === 'ETIMEDOUT') return connected ? 'timeout' : 'connect_timeout';
  const code = CODES[name] ?? FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? 'network';
  return code === 'reset' && https && !connected ? 'tls' : code;
}

function messageFor(code: AttemptErrorCode, name: string, { responded }: Progress): string {
  const named = name === '' ? '' : ` (${name})`;
  switch (code) {
    case 'dns':
      return `The host name could not be resolved${named}`;
    case 'connect_refused':
      return 'The connection was refused';
    case 'connect_timeout':
      return 'No connection could be made in time';
    case 'tls':
      return `TLS failed: ${TLS_REASONS[name] ?? 'no secure connection could be made'}${named}`;
    case 'timeout':
      return 'The connection went silent';
    case 'reset':
      return responded
        ? 'The connection was closed before the response was complete'
        : 'The connection was closed before a response came';
    case 'invalid_response':
      return `The response was not valid HTTP${named}`;
    default:
      return `Network error${named}`;
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(error.code) ? error.code : '';
}
