const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What a connection or Relay itself decides (RFC 9110 §7.6.1, contract §4). */
const RESERVED = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'host', 'user-agent', 'traceparent', 'expect'],
]);
const SENSITIVE = /authorization|cookie|token|secret|password|api-?key|credential/i;

/** What a masked header value reads as. */
export const MASKED_VALUE = '********';

/** What a credential is shown as; nothing of it is given away, not even its length. */
export function maskValue(_value: string): string {
  return MASKED_VALUE;
}

/** Why a webhook may not set this header (contract §4); null when it may. */
export function webhookHeaderProblem(name: string, value: string): string | null {
  if (!TOKEN.test(name)) return 'is not a valid header name';
  const lower = name.toLowerCase();
  if (RESERVED.has(lower) || lower.startsWith('content-') || lower.startsWith('webhook-'))
    return 'is set by Relay itself';
  if (!VALUE.test(value)) return 'has a value with characters that a header cannot hold';
  return value.length > 4096 ? 'has a value longer than 4096 characters' : null;
}

/** Whether a header's value is a credential, to be masked when it is read back. */
export function isSensitiveHeader(name: string): boolean {
  return SENSITIVE.test(name);
}

/** All headers of an attempt but `user-agent`, which the sender adds. What Relay sets wins over the webhook's own. */
export function buildHeaders(parts: {
  webhookHeaders: Record<string, string>;
  signature: Record<string, string>;
  traceparent: string;
}): Record<string, string> {
  const own = Object.fromEntries(
    Object.entries(parts.webhookHeaders).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return { ...own, ...parts.signature, 'content-type': 'application/json', traceparent: parts.traceparent };
}
