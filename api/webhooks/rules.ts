import { isSecret } from '../../activities/http/secret.ts';
import { webhookHeaderProblem } from '../../activities/http/requestHeaders.ts';
import { compileFilter } from '../../contract/filter/compileFilter.ts';
import { isMask } from '../../contract/maskedHeaders.ts';
import type { FieldError } from '../../contract/problem.ts';
import type { RetryPolicy } from '../../contract/retrySchedule.ts';
import { pointerStep } from '../http/jsonPointer.ts';

export const MASK_OF_NOTHING = 'is the mask of a hidden value, but there is none to keep';

/** The most headers that a webhook may have of its own. */
const MAX_HEADERS = 20;

/** What a host name may not hold: a parser would decode it, or leave it out, and so reach another host than is written. */
const DISGUISES = /[%\u00ad\u200b-\u200f\u2060\ufeff]/;

/**
 * What is wrong with a target URL, its address left aside: scheme, credentials, fragment. It is taken as it is written, so one
 * that only a lenient parser repairs is refused.
 * @param httpsOnly whether plain http is refused, too.
 * @param path of the member of the request that it is.
 */
export function urlErrors(text: string, { httpsOnly = false, path = '/url' } = {}): FieldError[] {
  const url = URL.canParse(text) ? new URL(text) : null;
  const error = (message: string): FieldError[] => [{ path, message }];
  if (/[^!-[\]-~\u00a1-\u{10ffff}]/u.test(text))
    return error('must not hold blanks, control characters or backslashes');
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)?.[1];
  if (!url || !authority) return error('must be an absolute http or https URL, such as https://example.com/hooks');
  if (DISGUISES.test(authority)) return error('must name its host without %-encoding or invisible characters');
  if (url.port === '0') return error('must not have port 0');
  if (!isHostName(url.hostname)) return error('must name a host of parts of 1 to 63 characters, 253 in all');
  if (httpsOnly && url.protocol !== 'https:') return error('must be an https URL; plain http is not sent to here');
  if (url.username || url.password || authority.includes('@')) {
    return error('must not hold a user name or password; use headers instead');
  }
  return text.includes('#') ? error('must not have a fragment') : [];
}

/** Whether a name server could ever be asked for it (RFC 1035 §2.3.4); its last dot may be written. */
function isHostName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return name.startsWith('[') || (name.length <= 253 && name.split('.').every((part) => /^.{1,63}$/.test(part)));
}

/** What is wrong with a webhook's own headers. */
export function headerErrors(headers: Record<string, string>): FieldError[] {
  const names = Object.keys(headers);
  if (names.length > MAX_HEADERS) return [{ path: '/headers', message: `must have at most ${MAX_HEADERS} members` }];
  const seen = new Set<string>();
  return Object.entries(headers).flatMap(([name, value]) => {
    const isRepeated = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    const message =
      webhookHeaderProblem(name, value) ??
      (isRepeated ? 'is named twice, upper and lower case being the same' : null) ??
      (isMask(name, value) ? MASK_OF_NOTHING : null);
    return message === null ? [] : [{ path: headerPath(name), message }];
  });
}

/** What is wrong with a retry policy beyond the limits of its single members. */
export function retryPolicyErrors({ initialIntervalMs, maximumIntervalMs }: RetryPolicy): FieldError[] {
  if (maximumIntervalMs >= initialIntervalMs) return [];
  const message = `must be at least initialIntervalMs, ${initialIntervalMs}; it is ${maximumIntervalMs}`;
  return [{ path: '/retryPolicy/maximumIntervalMs', message }];
}

/** The most characters of a filter's JSON. */
const MAX_FILTER = 16_384;

/** What is wrong with a filter. @param path of the member of the request that it is. */
export function filterErrors(filter: Record<string, unknown> | null, path = '/filter'): FieldError[] {
  if (filter === null) return [];
  if (JSON.stringify(filter).length > MAX_FILTER)
    return [{ path, message: `must have at most ${MAX_FILTER} characters` }];
  const compiled = compileFilter(filter);
  return 'fault' in compiled ? [{ path: path + compiled.fault.path, message: compiled.fault.message }] : [];
}

/** What is wrong with a secret of the caller's own. */
export function secretErrors(secret: string | undefined): FieldError[] {
  if (secret === undefined || isSecret(secret)) return [];
  return [{ path: '/secret', message: 'must be "whsec_" and the padded base64 of 24 to 64 bytes' }];
}

function headerPath(name: string): string {
  return `/headers${pointerStep(name)}`;
}
