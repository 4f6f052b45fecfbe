import { isSecret } from '../../activities/http/secret.ts';
import { webhookHeaderProblem } from '../../activities/http/requestHeaders.ts';
import type { FieldError } from '../../contract/problem.ts';
import type { RetryPolicy } from '../../contract/retrySchedule.ts';
import { isMask } from './maskedHeaders.ts';

/** A webhook may have this many headers of its own (contract §4). */
const MAX_HEADERS = 20;

/** What is wrong with a target URL, its address left aside (contract §4): scheme, credentials, fragment. */
export function urlErrors(text: string): FieldError[] {
  const url = URL.canParse(text) ? new URL(text) : null;
  const error = (message: string): FieldError[] => [{ path: '/url', message }];
  if (!url || !/^https?:\/\//i.test(text)) return error('must be an absolute http or https URL');
  const authority = /^https?:\/\/([^/?#\\]*)/i.exec(text)?.[1] ?? '';
  if (url.username || url.password || authority.includes('@')) {
    return error('must not hold a user name or password; use headers instead');
  }
  return text.includes('#') ? error('must not have a fragment') : [];
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
      (isMask(name, value) ? 'is the mask of a hidden value, but there is none to keep' : null);
    return message === null ? [] : [{ path: headerPath(name), message }];
  });
}

/** What is wrong with a retry policy beyond the limits of its single members (contract §8). */
export function retryPolicyErrors({ initialIntervalMs, maximumIntervalMs }: RetryPolicy): FieldError[] {
  if (maximumIntervalMs >= initialIntervalMs) return [];
  const message = `must be at least initialIntervalMs, ${initialIntervalMs}; it is ${maximumIntervalMs}`;
  return [{ path: '/retryPolicy/maximumIntervalMs', message }];
}

/** What is wrong with a secret of the caller's own. */
export function secretErrors(secret: string | undefined): FieldError[] {
  if (secret === undefined || isSecret(secret)) return [];
  return [{ path: '/secret', message: 'must be "whsec_" and the padded base64 of 24 to 64 bytes' }];
}

function headerPath(name: string): string {
  return `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
