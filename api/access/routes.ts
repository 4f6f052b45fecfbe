import { Type } from 'typebox';
import {
  ApiKeyListQuery,
  ApiKeyPage,
  ApiKeyWithSecret,
  AuditListQuery,
  AuditPage,
  Me,
  NewApiKey,
  SignIn,
} from '../../contract/access.ts';
import { presentApiKey } from './presentApiKey.ts';
import { presentAudit } from '../audit/presentAudit.ts';
import { listAudit } from '../audit/queries.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './apiKeys.ts';
import { endSession, sessionCookie, startSession } from './sessions.ts';
import type { CommandServices } from '../audit/inCommand.ts';
import { SESSION_COOKIE, type ApiKeyIdentity, type Authenticator } from '../http/caller.ts';
import { countRequest, type RateLimiter } from '../http/middlewares/rateLimit.ts';
import { route, type Route } from '../http/route.ts';

export interface AccessServices extends CommandServices {
  authenticator: Authenticator;
  rateLimiter: RateLimiter;
  config: { RATE_LIMIT_PER_MINUTE: number };
}

const tag = 'Access';

export const accessRoutes: Route<AccessServices>[] = [
  route({
    method: 'GET',
    path: '/api/me',
    access: 'any-key',
    tag,
    summary: 'Who the key is',
    operationId: 'getMe',
    responses: { 200: Me },
    handle: (_services, { identity }) => ({ status: 200, body: me(identity) }),
  }),
  route({
    method: 'POST',
    path: '/api/session',
    access: 'open',
    tag,
    summary: 'Exchange a key for a session cookie',
    operationId: 'startSession',
    description:
      'For browsers: the answer sets an HttpOnly cookie that stands for the key. Signing in counts as one request of the key.',
    body: { schema: SignIn },
    responses: { 200: Me },
    responseHeaders: { 200: { 'Set-Cookie': Type.String({ description: 'The session.' }) } },
    problems: ['unauthorized', 'rate_limited', 'unavailable'],
    async handle({ db, authenticator, rateLimiter, config }, { body, isSecure }) {
      const count = (known: ApiKeyIdentity) => countRequest(rateLimiter, config.RATE_LIMIT_PER_MINUTE, known);
      const { token, identity } = await startSession(db, authenticator, body.key, count);
      return { status: 200, body: me(identity), headers: { 'Set-Cookie': sessionCookie(token, isSecure) } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/session',
    access: 'any-key',
    tag,
    summary: 'End the session',
    operationId: 'endSession',
    responses: { 204: null },
    async handle({ db }, { cookie, isSecure }) {
      const token = cookie(SESSION_COOKIE);
      if (token) await endSession(db, token);
      return { status: 204, headers: { 'Set-Cookie': sessionCookie(null, isSecure) } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/keys',
    access: 'admin',
    tag,
    summary: 'List API keys',
    query: ApiKeyListQuery,
    responses: { 200: ApiKeyPage },
    async handle({ db }, { identity, query }) {
      const { rows, pagination } = await listApiKeys(db, identity, query);
      return { status: 200, body: { data: rows.map(presentApiKey), pagination } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/keys',
    access: 'admin',
    tag,
    summary: 'Create an API key',
    description:
      'The answer holds the key, this once. A key cannot make one that may do more, lives longer or has a higher limit than itself; ' +
      'end and limit are its own when they are left out.',
    body: { schema: NewApiKey },
    responses: { 201: ApiKeyWithSecret },
    async handle(services, { identity, body }) {
      const { apiKey, key } = await createApiKey(services, identity, body, services.config.RATE_LIMIT_PER_MINUTE);
      return { status: 201, body: { ...presentApiKey(apiKey), key } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/keys/:id',
    access: 'admin',
    tag,
    summary: 'Revoke an API key',
    operationId: 'revokeKey',
    responses: { 204: null },
    async handle(services, { identity, params }) {
      await revokeApiKey(services, identity, params.id);
      return { status: 204 };
    },
  }),
  route({
    method: 'GET',
    path: '/api/audit',
    access: 'admin',
    tag,
    summary: 'Who changed what',
    operationId: 'listAudit',
    description: 'Newest first.',
    query: AuditListQuery,
    responses: { 200: AuditPage },
    async handle({ db }, { identity, query }) {
      const { rows, pagination } = await listAudit(db, identity, query);
      return { status: 200, body: { data: rows.map(presentAudit), pagination } };
    },
  }),
];

function me({ keyId, name, clientId, scopes }: ApiKeyIdentity) {
  return { keyId, name, clientId, scopes: [...scopes] };
}
