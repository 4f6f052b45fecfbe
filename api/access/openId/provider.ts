import * as client from 'openid-client';
import type { OpenIdSettings } from '../../../ops/openIdSettings.ts';
import { valuesOf } from './rolesOf.ts';

/** What the browser keeps between going to the provider and coming back; only an answer that fits it is taken. */
export interface SignInChecks {
  state: string;
  nonce: string;
  /** The secret of which the provider was shown the digest (PKCE, RFC 7636). */
  verifier: string;
}

/** What the provider says of a person. */
export interface Claims {
  sub: string;
  [claim: string]: unknown;
}

/** Why nobody was signed in, as the page tells it. */
export type Failure = 'away' | 'again' | 'clock' | 'refused' | 'role';

/** Nobody was signed in; the message is for the log. */
export class SignInFailed extends Error {
  override name = 'SignInFailed';
  readonly reason: Failure;
  constructor(reason: Failure, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** An OpenID provider, as a relying party needs it. */
export interface OpenIdProvider {
  /** Where a browser is to go. @param redirectUri where it comes back. @throws SignInFailed `away` */
  begin(redirectUri: string): Promise<{ url: URL; checks: SignInChecks }>;
  /** Takes the code that a browser came back with. @param callback as it was called. @throws SignInFailed */
  finish(callback: URL, checks: SignInChecks): Promise<{ claims: Claims; idToken: string }>;
  /** Where a browser is to go to be signed out there, too; null for a provider that has no such place, or is away. */
  signOutUrl(idToken: string | null, returnTo: string): Promise<URL | null>;
}

/** How long a request to the provider may take, in seconds. */
const TIMEOUT_SECONDS = 10;
/** How far the provider's clock may be off, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** What was discovered holds so long, in ms. */
const KNOWN_MS = 600_000;
/** How long a provider that could not be reached is not asked again, in ms: anybody can begin to sign in. */
const AWAY_MS = 2000;

/** The provider of an installation; it is asked when somebody signs in, never at the start. */
export function createOpenIdProvider(settings: OpenIdSettings): OpenIdProvider {
  const { issuer, clientId, clientSecret } = settings;
  // For a provider on this machine; the configuration takes no other without TLS.
  const allowances = issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [];
  let known: { until: number; metadata: Promise<client.ServerMetadata> } | null = null;

  /** By the provider's metadata, with nothing kept of its keys: they are asked for each time, so that new ones count at once. */
  function configure(metadata: client.ServerMetadata): client.Configuration {
    const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const authentication = methods.includes('client_secret_basic')
      ? client.ClientSecretBasic(clientSecret)
      : client.ClientSecretPost(clientSecret);
    const tolerance = { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
    const configuration = new client.Configuration(metadata, clientId, tolerance, authentication);
    configuration.timeout = TIMEOUT_SECONDS;
    // The signature of the ID token is looked at, though it comes from the provider itself.
    client.enableNonRepudiationChecks(configuration);
    for (const allow of allowances) allow(configuration);
    return configuration;
  }

  async function discover(): Promise<client.ServerMetadata> {
    if (!known || Date.now() >= known.until) {
      const options = { timeout: TIMEOUT_SECONDS, execute: allowances };
      const found = client.discovery(issuer, clientId, undefined, client.None(), options);
      const mine = { until: Date.now() + KNOWN_MS, metadata: found.then((one) => one.serverMetadata()) };
      mine.metadata.catch(() => (mine.until = Date.now() + AWAY_MS));
      known = mine;
    }
    return known.metadata.catch((error: unknown) => {
      throw new SignInFailed('away', 'The identity provider cannot be reached, or does not describe itself', error);
    });
  }

  return {
    async begin(redirectUri) {
      const metadata = await discover();
      const checks = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(configure(metadata), {
        redirect_uri: redirectUri,
        scope: settings.scopes ?? usualScopes(metadata, settings.groupsClaim),
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
      });
      return { url, checks };
    },

    async finish(callback, { state, nonce, verifier }) {
      const configuration = configure(await discover());
      try {
        const tokens = await client.authorizationCodeGrant(configuration, callback, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const inToken = tokens.claims();
        if (!inToken || !tokens.id_token) throw new SignInFailed('refused', 'The identity provider gave no ID token');
        const isWhole = valuesOf(inToken, settings.groupsClaim).length > 0;
        const isOffered = configuration.serverMetadata().userinfo_endpoint !== undefined;
        const more =
          isWhole || !isOffered ? {} : await client.fetchUserInfo(configuration, tokens.access_token, inToken.sub);
        return { claims: { ...more, ...inToken }, idToken: tokens.id_token };
      } catch (error) {
        throw failureOf(error);
      }
    },

    async signOutUrl(idToken, returnTo) {
      const metadata = await discover().catch(() => null);
      if (!metadata?.end_session_endpoint) return null;
      return client.buildEndSessionUrl(configure(metadata), {
        post_logout_redirect_uri: returnTo,
        ...(idToken !== null && { id_token_hint: idToken }),
      });
    },
  };
}

/** With the scope that has the name of the claim, where the provider knows one: that is what it gives it for. */
function usualScopes({ scopes_supported: supported = [] }: client.ServerMetadata, claim: string): string {
  const usual = ['openid', 'profile', 'email'];
  return (supported.includes(claim) && !usual.includes(claim) ? [...usual, claim] : usual).join(' ');
}

function failureOf(error: unknown): SignInFailed {
  if (error instanceof SignInFailed) return error;
  const { code } = Object(error) as { code?: unknown };
  if (error instanceof client.AuthorizationResponseError) {
    return new SignInFailed('refused', `The identity provider refused: ${error.error}`, error);
  }
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') {
    return new SignInFailed('clock', 'The clocks of the identity provider and this machine differ', error);
  }
  const isAway =
    code === 'OAUTH_TIMEOUT' ||
    (error instanceof TypeError && /fetch failed/.test(error.message)) ||
    isServerError(error);
  if (isAway) return new SignInFailed('away', 'The identity provider cannot be reached', error);
  return new SignInFailed('refused', 'What the identity provider answered cannot be taken', error);
}

/** Whether it, or what it stands for, is an answer that says that the provider is in trouble. */
function isServerError(error: unknown): boolean {
  const { status, cause } = Object(error) as { status?: unknown; cause?: unknown };
  return (typeof status === 'number' && status >= 500) || (cause instanceof Response && cause.status >= 500);
}
