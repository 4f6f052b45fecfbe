import type { Header, Reference } from './document.ts';

/** Response headers that many calls share. */
export const HEADERS: Record<string, Header> = {
  'X-Request-Id': {
    description: 'Names the request in logs and problems: the one that came with it, when that was sane, or a new one.',
    schema: { type: 'string', examples: ['5f0c2a1e-8d0b-4a55-9f0e-2f6a3a0b7c11'] },
  },
  'RateLimit-Limit': {
    description: 'How many requests the key may make in a minute; left out when it has no limit.',
    schema: { type: 'integer', examples: [100] },
  },
  'RateLimit-Remaining': {
    description: 'How many of them are left in this minute.',
    schema: { type: 'integer', examples: [97] },
  },
  'RateLimit-Reset': {
    description: 'Seconds until the next minute begins.',
    schema: { type: 'integer', examples: [31] },
  },
  'Retry-After': { description: 'Seconds to wait before trying again.', schema: { type: 'integer', examples: [31] } },
};

const RATE_LIMIT_HEADERS = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

/** References to the headers of an answer, those of its status and those of counted calls included. */
export function commonHeaders(status: number, isCounted: boolean): Record<string, Reference> {
  const names = ['X-Request-Id', ...(isCounted ? RATE_LIMIT_HEADERS : [])];
  if (status === 429 || status === 503) names.push('Retry-After');
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
