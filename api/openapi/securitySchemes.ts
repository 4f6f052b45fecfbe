import { SESSION_COOKIE } from '../http/caller.ts';
import type { Access } from '../http/route.ts';
import type { SecurityRequirement, SecurityScheme } from './document.ts';

export const SECURITY_SCHEMES: Record<string, SecurityScheme> = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The key of a module or an operator.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description:
      'Stands for a key in the browser; `POST /api/session` sets it; over TLS its name begins with `__Host-`. To change anything, the header `X-Requested-With` is needed beside it.',
  },
};

/** Who may call: nobody needs to be known, or the holder of a key (or its session) with a scope. */
export function securityOf(access: Access): SecurityRequirement[] {
  if (access === 'open') return [];
  const scopes = access === 'any-key' ? [] : [access];
  return Object.keys(SECURITY_SCHEMES).map((scheme) => ({ [scheme]: scopes }));
}
