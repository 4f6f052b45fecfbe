import type { Method } from '../http/route.ts';

/** What each method does to one object. */
const VERBS: Record<Method, string> = { GET: 'get', POST: 'create', PUT: 'replace', PATCH: 'update', DELETE: 'delete' };

/**
 * A name for a call by what its path says, in lowerCamel: `GET /api/events` is `listEvents`, `GET /api/events/:id`
 * `getEvent`, `POST /api/events/:id/replay` `replayEvent`, `GET /api/webhooks/:id/stats` `getWebhookStats`.
 */
export function operationId(method: Method, path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== 'api');
  const last = segments.at(-1) ?? 'root';
  const owner = segments.at(-2);
  if (last.startsWith(':')) return camel(VERBS[method], singular(owner ?? ''));
  if (owner?.startsWith(':')) {
    const of = singular(segments.at(-3) ?? '');
    if (method !== 'POST') return camel(VERBS[method], of, last);
    const [verb = '', ...object] = last.split('-');
    return camel(verb, of, ...object);
  }
  if (segments.length === 1 && last.endsWith('s') && method === 'GET') return camel('list', last);
  return camel(VERBS[method], ...segments.slice(0, -1).map(singular), method === 'GET' ? last : singular(last));
}

function singular(plural: string): string {
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`;
  if (/(?:ch|sh|ss|x)es$/.test(plural)) return plural.slice(0, -2);
  return plural.replace(/s$/, '');
}

function camel(...texts: string[]): string {
  const words = texts.flatMap((text) => text.split(/[^A-Za-z0-9]+/)).filter((word) => word !== '');
  return words.map((word, index) => (index === 0 ? word : `${word.charAt(0).toUpperCase()}${word.slice(1)}`)).join('');
}
