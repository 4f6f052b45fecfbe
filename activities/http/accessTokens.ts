import { createHash } from 'node:crypto';
import type { Auth } from '../../contract/auth.ts';
import type { AttemptError } from './errors.ts';
import type { Sender } from './sender.ts';

/** What a webhook's token is got with. */
export interface TokenRequest {
  webhookId: string;
  auth: Auth;
  timeoutMs: number;
}

export type TokenResult = { token: string } | { error: AttemptError };

interface Known {
  /** Of what it was got with. */
  digest: string;
  result: Promise<TokenResult>;
  /** In ms since the epoch; Infinity while it is being got. */
  freshUntil: number;
}

/** The longest that a token is waited for, in ms: with it, an attempt and the renewal of both stay within an activity's time. */
const MAX_TIMEOUT_MS = 10_000;
/** A token is not used in the last part of its life, a tenth of it and a minute at most. */
const MARGIN = { share: 0.1, ms: 60_000 };
/** How long one is used that does not say how long it lives, in ms. */
const UNKNOWN_LIFE_MS = 300_000;
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

/**
 * Access tokens by OAuth 2.0 client credentials (RFC 6749 §4.4), kept until shortly before their end. Each webhook's is got by one
 * request at a time, as every request of Relay: through the address guard and the egress proxy.
 */
export class AccessTokens {
  readonly #sender: Pick<Sender, 'send'>;
  readonly #known = new Map<string, Known>();

  constructor(sender: Pick<Sender, 'send'>) {
    this.#sender = sender;
  }

  /** @param refused a token that the receiver did not take: another is got, unless that was done meanwhile. */
  async get(request: TokenRequest, refused?: string): Promise<TokenResult> {
    const { webhookId, auth } = request;
    const digest = createHash('sha256').update(JSON.stringify(auth)).digest('hex');
    const known = this.#known.get(webhookId);
    if (known?.digest === digest && known.freshUntil > Date.now()) {
      const result = await known.result;
      if (!('token' in result) || result.token !== refused) return result;
      // Whoever waited for the same one may have asked for another by now.
      if (this.#known.get(webhookId) !== known) return this.get(request, refused);
    }
    const getting: Known = { digest, freshUntil: Infinity, result: Promise.resolve({ error: NO_TOKEN }) };
    getting.result = this.#fetch(request).then(({ lifeMs, ...result }) => {
      getting.freshUntil = Date.now() + lifeMs - Math.min(lifeMs * MARGIN.share, MARGIN.ms);
      return result;
    });
    this.#known.set(webhookId, getting);
    const result = await getting.result;
    // What failed is not kept: the next attempt asks anew.
    if ('error' in result && this.#known.get(webhookId) === getting) this.#known.delete(webhookId);
    return result;
  }

  async #fetch({ auth, timeoutMs }: TokenRequest): Promise<TokenResult & { lifeMs: number }> {
    const { tokenUrl = '', clientId = '', clientSecret = '', scope, audience } = auth;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope !== undefined && { scope }),
      ...(audience !== undefined && { audience }),
    });
    const { response, error } = await this.#sender.send({
      url: tokenUrl,
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        authorization: basicAuth(formEncoded(clientId), formEncoded(clientSecret)),
      },
      body: form.toString(),
      timeoutMs: Math.min(timeoutMs, MAX_TIMEOUT_MS),
    });
    if (response === null) return { error: failure(`could not be asked (${error?.code ?? 'network'})`), lifeMs: 0 };
    if (response.status !== 200) return { error: failure(`answered HTTP ${response.status}`), lifeMs: 0 };
    const { access_token: token, expires_in: seconds } = objectIn(response.body);
    if (typeof token !== 'string' || !TOKEN.test(token))
      return { error: failure('answered without a token'), lifeMs: 0 };
    const isKnown = Number.isFinite(Number(seconds ?? undefined));
    return { token, lifeMs: isKnown ? Number(seconds) * 1000 : UNKNOWN_LIFE_MS };
  }
}

/** The value of `authorization` for a name and a password (RFC 7617). */
export function basicAuth(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** RFC 6749 §2.3.1 wants client id and secret so in a basic authorization. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

function objectIn(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const failure = (what: string): AttemptError => ({
  code: 'auth',
  message: `No access token: the token server ${what}`,
});
const NO_TOKEN = failure('was not asked');
