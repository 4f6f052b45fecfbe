import { Type } from 'typebox';
import { RoleList, SignInWays } from '../../../contract/access.ts';
import { sessionCookieName } from '../../http/caller.ts';
import { notFound } from '../../http/problem.ts';
import { route, type Answer, type Route } from '../../http/route.ts';
import { publicBase, type PublicPlace } from '../publicBase.ts';
import { endSession, sessionCookie } from '../sessions.ts';
import { SignInFailed, type Failure } from './provider.ts';
import type { SignIn } from './SignIn.ts';
import { pathWithin, readSignInCookie, signInCookie, signInCookieName } from './signInCookie.ts';
import type { CommandServices } from '../../audit/inCommand.ts';

export interface OpenIdServices extends CommandServices {
  /** Null where people do not sign in by a provider. */
  signIn: SignIn | null;
  config: PublicPlace;
}

const tag = 'Access';
const CALLBACK = '/auth/callback';
const SIGN_IN_PAGE = '/sign-in';

/** What a browser goes through; what else the provider tells is not looked at. */
const Callback = Type.Object({
  code: Type.Optional(Type.String({ description: 'what the person is known by, once' })),
  state: Type.Optional(Type.String({ description: 'what the browser was sent with' })),
  error: Type.Optional(Type.String({ description: 'why the provider refused' })),
});

/** Each leads elsewhere, and is kept by nobody on the way; who asks for the headers alone is led nowhere. */
const leads = {
  responses: { 200: Type.String({ contentMediaType: 'text/html' }), 303: null },
  responseHeaders: { 303: { Location: Type.String(), 'Cache-Control': Type.String() } },
};

const FOR_BROWSERS: Answer = {
  status: 200,
  headers: { 'Cache-Control': 'no-store', 'Content-Type': 'text/html; charset=utf-8' },
  body: '<!doctype html><title>Relay</title><p>Open this in a browser.</p>',
};

export const openIdRoutes: Route<OpenIdServices>[] = [
  route({
    method: 'GET',
    path: '/api/sign-in',
    access: 'open',
    tag,
    summary: 'How people can sign in',
    operationId: 'getSignInWays',
    description: 'An API key is always one way; by an OpenID provider is another where the installation has one.',
    responses: { 200: SignInWays },
    handle: ({ signIn }) => ({
      status: 200,
      body: { openId: signIn && { provider: signIn.providerName, url: '/auth/sign-in' } },
    }),
  }),
  route({
    method: 'GET',
    path: '/api/roles',
    access: 'admin',
    tag,
    summary: 'List the roles of people',
    operationId: 'listRoles',
    description:
      'What people get who sign in by OpenID Connect, as `OIDC_ROLES` says. The first role that a person has decides about the client; others add their scopes when they are for the same.',
    responses: { 200: RoleList },
    handle: ({ signIn }, { identity }) => ({
      status: 200,
      body: signIn?.rolesFor(identity) ?? { claim: null, data: [] },
    }),
  }),
  route({
    method: 'GET',
    path: '/auth/sign-in',
    access: 'open',
    tag,
    summary: 'Sign in by OpenID Connect',
    operationId: 'beginSignIn',
    description:
      'For browsers: leads to the OpenID provider, and from there back to `/auth/callback`. When the provider is away it leads to the page that says so.',
    query: Type.Object({ to: Type.Optional(Type.String({ description: 'the path to be led to afterwards' })) }),
    ...leads,
    problems: ['not_found'],
    async handle(services, { query, isSecure, header, isHead }) {
      const signIn = existing(services);
      if (isHead) return FOR_BROWSERS;
      try {
        const redirectUri = publicBase(services.config, { isSecure, header }) + CALLBACK;
        const { url, underWay } = await signIn.begin(redirectUri, pathWithin(query.to));
        return leadTo(url.href, signInCookie(underWay, isSecure));
      } catch (error) {
        return leadTo(pageAfter(error, query.to));
      }
    },
  }),
  route({
    method: 'GET',
    path: CALLBACK,
    access: 'open',
    tag,
    summary: 'Come back from the OpenID provider',
    operationId: 'finishSignIn',
    description:
      'Signs the browser in for twelve hours as the person that the provider names, with what the roles of that person give.',
    query: Callback,
    ...leads,
    problems: ['not_found', 'rate_limited', 'unavailable'],
    async handle(services, { query, identity, isSecure, header, cookie, isHead }) {
      const signIn = existing(services);
      if (isHead) return FOR_BROWSERS;
      const underWay = readSignInCookie(cookie(signInCookieName(isSecure)));
      const callback = new URL(publicBase(services.config, { isSecure, header }) + CALLBACK);
      for (const [name, value] of Object.entries(query)) callback.searchParams.set(name, String(value));
      try {
        const token = await signIn.finish(callback, underWay, identity);
        return leadTo(underWay?.to ?? '/', sessionCookie(token, isSecure), signInCookie(null, isSecure));
      } catch (error) {
        return leadTo(pageAfter(error, underWay?.to), signInCookie(null, isSecure));
      }
    },
  }),
  route({
    method: 'GET',
    path: '/auth/sign-out',
    access: 'open',
    tag,
    summary: 'Sign out, of the OpenID provider, too',
    operationId: 'signOut',
    description:
      'For browsers: ends the session and leads to where the provider ends its own, or to the page to sign in. From another site nothing is ended: the cookie does not come with it.',
    ...leads,
    async handle({ db, signIn, config }, { isSecure, header, cookie, isHead }) {
      if (isHead) return FOR_BROWSERS;
      const token = cookie(sessionCookieName(isSecure));
      if (!token) return leadTo(SIGN_IN_PAGE);
      const returnTo = publicBase(config, { isSecure, header }) + SIGN_IN_PAGE;
      const url = signIn ? await signIn.end(token, returnTo) : await endSession(db, token).then(() => null);
      return leadTo(url?.href ?? SIGN_IN_PAGE, sessionCookie(null, isSecure));
    },
  }),
];

function existing({ signIn }: OpenIdServices): SignIn {
  if (!signIn) throw notFound('way to sign in');
  return signIn;
}

function leadTo(location: string, ...cookies: string[]): Answer {
  const headers = { Location: location, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };
  return { status: 303, headers: { ...headers, ...(cookies.length > 0 && { 'Set-Cookie': cookies }) } };
}

/** The page that says why nobody was signed in, from where it can be tried again. */
function pageAfter(error: unknown, to: string | undefined): string {
  if (!(error instanceof SignInFailed)) throw error;
  const failed: Failure = error.reason;
  return `${SIGN_IN_PAGE}?${new URLSearchParams({ failed, to: pathWithin(to) }).toString()}`;
}
