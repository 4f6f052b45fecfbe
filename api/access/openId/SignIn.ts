import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { RoleList } from '../../../contract/access.ts';
import type { OpenIdSettings } from '../../../ops/openIdSettings.ts';
import type { SecretBox } from '../../../ops/secretBox.ts';
import { purposeOfIdToken } from '../../../store/secrets/purposes.ts';
import type { CommandServices } from '../../audit/inCommand.ts';
import type { Caller } from '../../http/caller.ts';
import { networkOf } from '../../http/callerAddress.ts';
import { ApiProblem } from '../../http/problem.ts';
import { endSession } from '../sessions.ts';
import { createOpenIdProvider, SignInFailed, type OpenIdProvider } from './provider.ts';
import { rolesOf } from './rolesOf.ts';
import type { SignInUnderWay } from './signInCookie.ts';
import { signInPerson } from './signInPerson.ts';

/** Answers that were of no use, a minute from one address (of IPv6: one /64): each costs the provider a request. */
const FAILURES_PER_MINUTE = 100;

/** Signing people in and out by the installation's OpenID provider. */
export class SignIn {
  readonly #services: CommandServices & { secretBox: SecretBox };
  readonly #settings: OpenIdSettings;
  readonly #provider: OpenIdProvider;
  readonly #failures = new RateLimiterMemory({ points: FAILURES_PER_MINUTE, duration: 60 });

  constructor(services: CommandServices & { secretBox: SecretBox }, settings: OpenIdSettings) {
    this.#services = services;
    this.#settings = settings;
    this.#provider = createOpenIdProvider(settings);
  }

  /** What people know the provider by. */
  get providerName(): string {
    return this.#settings.issuer.host;
  }

  /** The claim that tells a person's roles, and the roles that a caller may see: all, or those of its client. */
  rolesFor({ clientId }: Pick<Caller, 'clientId'>): RoleList {
    const { groupsClaim, roles } = this.#settings;
    const visible = roles.filter((role) => clientId === null || role.clientId === clientId);
    return { claim: groupsClaim, data: visible.map((role) => ({ ...role, scopes: [...role.scopes] })) };
  }

  /** Where a browser is to go, and what it keeps meanwhile. @throws SignInFailed `away` */
  async begin(redirectUri: string, to: string): Promise<{ url: URL; underWay: SignInUnderWay }> {
    const { url, checks } = await this.#noted(() => this.#provider.begin(redirectUri));
    return { url, underWay: { ...checks, to } };
  }

  /**
   * Takes what a browser came back with, and starts its session.
   * @param underWay what it kept; null when it kept nothing.
   * @returns the session's token.
   * @throws SignInFailed, and ApiProblem `rate_limited` for an address that too much of no use came from.
   */
  async finish(
    callback: URL,
    underWay: SignInUnderWay | null,
    request: Pick<Caller, 'requestId' | 'ip'>,
  ): Promise<string> {
    const network = networkOf(request.ip);
    await this.#refuseAfter(network);
    try {
      return await this.#noted(async () => {
        // Also for what somebody else began: his code must not sign this browser in.
        if (!underWay || callback.searchParams.get('state') !== underWay.state) {
          throw new SignInFailed('again', 'What came back was not begun here, or too long ago');
        }
        const { claims, idToken } = await this.#provider.finish(callback, underWay);
        const granted = rolesOf(claims, this.#settings.groupsClaim, this.#settings.roles);
        if (!granted) throw new SignInFailed('role', `The person ${claims.sub} has no role by OIDC_ROLES`);
        return signInPerson(this.#services, { issuer: this.#settings.issuer.href, claims, granted, idToken }, request);
      });
    } catch (error) {
      if (error instanceof SignInFailed) await this.#failures.penalty(network);
      throw error;
    }
  }

  /** Ends a session, and says where the browser is to go so that the provider's ends, too; null for nowhere. */
  async end(token: string, returnTo: string): Promise<URL | null> {
    const ended = await endSession(this.#services.db, token);
    if (!ended?.sealedIdToken) return null;
    const opened = this.#services.secretBox.tryOpen(ended.sealedIdToken, purposeOfIdToken(ended.keyId ?? ''));
    return this.#provider.signOutUrl(opened?.text ?? null, returnTo);
  }

  async #noted<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof SignInFailed) {
        const { reason, message, cause } = error;
        this.#services.logger.warn('Nobody was signed in', { reason, detail: message, ...causeOf(cause) });
      }
      throw error;
    }
  }

  async #refuseAfter(network: string): Promise<void> {
    const state: RateLimiterRes | null = await this.#failures.get(network);
    if (!state || state.remainingPoints > 0) return;
    throw new ApiProblem('rate_limited', 'Too many sign-ins that came to nothing came from this address.', {
      headers: { 'Retry-After': String(Math.ceil(state.msBeforeNext / 1000)) },
    });
  }
}

/** What a log may hold of a failure: messages and codes, never what was sent. */
function causeOf(cause: unknown): { cause?: string } {
  if (!(cause instanceof Error)) return {};
  const { code } = cause as { code?: unknown };
  const { cause: below } = cause;
  const parts = [typeof code === 'string' ? code : '', cause.message, below instanceof Error ? below.message : ''];
  return { cause: parts.filter(Boolean).join(': ') };
}
