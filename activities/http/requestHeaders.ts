import type { SignatureHeaders } from './sign.ts';

/** What a delivery's request headers are made of. */
export interface HeaderSources {
  /** The webhook's own headers; each one has passed {@link webhookHeaderProblem}. */
  webhookHeaders: Record<string, string>;
  /** Of the body. */
  contentType: string;
  signature: SignatureHeaders;
  /** Of other schemes, by header. */
  otherSignatures?: Record<string, string>;
  userAgent: string;
  /** The W3C trace context of the attempt. */
  traceparent?: string | undefined;
}

/** All headers of a delivery (docs/CONTRACT.md §6), with lower-case names. What the relay sets wins over the webhook's own. */
export function buildHeaders({
  webhookHeaders,
  contentType,
  signature,
  otherSignatures = {},
  userAgent,
  traceparent,
}: HeaderSources): Record<string, string> {
  const own = Object.entries(webhookHeaders).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    ...Object.fromEntries(own),
    ...otherSignatures,
    'content-type': contentType,
    'user-agent': userAgent,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...signature,
  };
}

const MAX_NAME_LENGTH = 256;
const MAX_VALUE_LENGTH = 4096;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\xa0-\xff]*$/;

/** RFC 9110 §7.6.1 and its forerunners: headers about one connection, not about the message. */
const HOP_BY_HOP = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Set by the relay, or, as `expect`, a conversation that it does not hold. */
const RESERVED = new Set(['expect', 'host', 'traceparent', 'tracestate', 'user-agent']);
const RESERVED_PREFIXES = ['content-', 'webhook-'];

/**
 * Why a webhook may not have this header, as a phrase for people; null when it may (docs/CONTRACT.md §4).
 * The trace context is refused as well: Relay sends its own.
 */
export function webhookHeaderProblem(name: string, value: string): string | null {
  const lower = name.toLowerCase();
  if (!TOKEN.test(name)) return 'is not a valid header name';
  if (name.length > MAX_NAME_LENGTH) return `has a name longer than ${MAX_NAME_LENGTH} characters`;
  if (HOP_BY_HOP.has(lower)) return 'is a hop-by-hop header';
  if (RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix)))
    return 'is set by Relay itself';
  if (value.length > MAX_VALUE_LENGTH) return `has a value longer than ${MAX_VALUE_LENGTH} characters`;
  return FIELD_VALUE.test(value)
    ? null
    : 'has a value with line breaks, control characters or characters beyond Latin-1';
}
