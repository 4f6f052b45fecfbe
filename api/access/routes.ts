import { Type } from 'typebox';
import {
  ApiKeyListQuery,
  ApiKeyPage,
  ApiKeyWithSecret,
  AuditListQuery,
  AuditPage,
  Me,
  ApiKeyInput,
  SessionLink,
  SessionLinkInput,
  SignIn,
} from '../../contract/access.ts';
import { presentApiKey } from './presentApiKey.ts';
import { presentAudit } from '../audit/presentAudit.ts';
import { listAudit } from '../audit/queries.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './apiKeys.ts';
import { createSessionLink, openSessionLink } from './sessionLinks.ts';
import { endSession, sessionCookie, startSession } from './sessions.ts';
import { isPreview } from './isPreview.ts';
import { openIdRoutes, type OpenIdServices } from './openId/routes.ts';
import { publicBase, type PublicPlace } from './publicBase.ts';
import { sessionCookieName, type ApiKeyIdentity, type Authenticator } from '../http/caller.ts';
import { countRequest, type RateLimiter } from '../http/middlewares/rateLimit.ts';
import { route, type Route } from '../http/route.ts';

export interface AccessServices extends OpenIdServices {
  authenticator: Authenticator;
  rateLimiter: RateLimiter;
  config: { RATE_LIMIT_PER_MINUTE: number } & PublicPlace;
}

const tag = 'Access';
/** Anybody may send one, so that it is no larger than it has to be. */
const SIGN_IN_BYTES = 4096;

export const accessRoutes: Route<AccessServices>[] = [
  ...openIdRoutes,
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
      'For browsers: the answer sets an HttpOnly cookie that stands for the key. Signing in counts as one request of the key, which has 50 sessions at most: with one more the oldest ends.',
    body: { schema: SignIn, limitBytes: () => SIGN_IN_BYTES },
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
      const token = cookie(sessionCookieName(isSecure));
      if (token) await endSession(db, token);
      return { status: 204, headers: { 'Set-Cookie': sessionCookie(null, isSecure) } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/session-links',
    access: 'admin',
    tag,
    summary: 'Make a link that signs in',
    operationId: 'createSessionLink',
    description:
      'For the team behind a webhook: whoever opens it first is signed in, in a browser, as that client with these scopes, for twelve hours. The visit stands among the API keys and can be revoked there.',
    body: { schema: SessionLinkInput },
    responses: { 201: SessionLink },
    async handle(services, { identity, body, isSecure, header }) {
      const { token, expiresAt } = await createSessionLink(services, identity, body);
      const url = `${publicBase(services.config, { isSecure, header })}/links/${token}`;
      return { status: 201, body: { url, expiresAt: expiresAt.toISOString() } };
    },
  }),
  route({
    method: 'GET',
    path: '/links/:token',
    access: 'open',
    tag,
    summary: 'Open a link',
    operationId: 'openSessionLink',
    description:
      'Signs the browser in and leads to the dashboard; a link that was opened before, or is over, leads to the page that says so. Programs that fetch links for a preview do not use it up.',
    responses: { 200: Type.String({ contentMediaType: 'text/html' }), 303: null },
    responseHeaders: { 303: { Location: Type.String(), 'Cache-Control': Type.String() } },
    async handle({ db }, { params, isHead, isSecure, header }) {
      const leadTo = { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };
      if (isHead || isPreview(header('user-agent'))) {
        const type = { 'Content-Type': 'text/html; charset=utf-8' };
        return { status: 200, headers: { ...leadTo, ...type }, body: PREVIEW };
      }
      const token = await openSessionLink(db, params.token);
      if (token === null) return { status: 303, headers: { ...leadTo, Location: '/sign-in?link=over' } };
      return { status: 303, headers: { ...leadTo, Location: '/', 'Set-Cookie': sessionCookie(token, isSecure) } };
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
    body: { schema: ApiKeyInput },
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

/** What programs see that would open a link for nobody. */
const PREVIEW =
  '<!doctype html><title>Sign in to Relay</title><p>Open this link in a browser to sign in. It is good once.</p>';

function me({ keyId, person, name, clientId, scopes }: ApiKeyIdentity) {
  const who = person ? { userId: keyId, role: person.role } : { keyId };
  return { ...who, name, clientId, scopes: [...scopes] };
}
