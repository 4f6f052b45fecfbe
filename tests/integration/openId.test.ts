import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKey, AuditEntry, Me, SessionLink, SignInWays } from '../../contract/access.ts';
import type { Page } from '../../contract/primitives.ts';
import { openIdEnvironment, startOpenIdProvider, type TestProvider } from '../support/openIdProvider.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const ROLES = {
  admins: { scopes: ['admin'] },
  'acme-support': { scopes: ['webhooks:read', 'deliveries:read'], clientId: 'acme' },
};

let provider: TestProvider;
let relay: TestRelay;

beforeAll(async () => {
  provider = await startOpenIdProvider({
    ada: { name: 'Ada Lovelace', groups: ['staff', 'admins'] },
    ben: { name: 'Ben Support', groups: ['acme-support'] },
    eve: { name: 'Eve', groups: ['staff'] },
  });
  relay = await startTestRelay(openIdEnvironment(provider.issuer, ROLES));
  provider.register(relay.url);
});
afterAll(() => provider.close());

/** A browser without scripts: keeps cookies for each host, and follows what it is led to. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  /** The names and attributes of each cookie as it was set. */
  readonly seen: string[] = [];

  async get(url: string, init: RequestInit = {}): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      this.seen.push(line);
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /Max-Age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Follows until a page, or an address that `stop` holds for. */
  async follow(
    url: string,
    stop: (url: string) => boolean = () => false,
    init?: RequestInit,
  ): Promise<[string, Response]> {
    let response = await this.get(url, init);
    for (let at = url; ;) {
      const location = response.headers.get('location');
      if (!location) return [at, response];
      at = new URL(location, at).href;
      if (stop(at)) return [at, response];
      response = await this.get(at);
    }
  }

  forget(host: string): void {
    this.#cookies.delete(host);
  }
}

const isCallback = (url: string) => url.includes('/auth/callback');
const isPage = (url: string) => url.startsWith(relay.url) && !url.includes('/auth/');

/** Goes to the provider and signs in there; answers with where it sends the browser back to. */
async function comeBack(browser: Browser, login: string, path = '/auth/sign-in'): Promise<string> {
  const [form, page] = await browser.follow(relay.url + path, isCallback);
  if (isCallback(form)) return form;
  const [, action = ''] = /action="([^"]+)"/.exec(await page.text()) ?? [];
  const body = new URLSearchParams({ prompt: 'login', login, password: 'any' });
  const [back] = await browser.follow(new URL(action, form).href, isCallback, { method: 'POST', body });
  expect(back).toContain('/auth/callback');
  return back;
}

async function signIn(
  login: string,
  browser = new Browser(),
  path?: string,
): Promise<{ browser: Browser; at: string }> {
  const [at] = await browser.follow(await comeBack(browser, login, path), isPage);
  return { browser, at: at.slice(relay.url.length) };
}

async function me(browser: Browser): Promise<Me | number> {
  const answer = await browser.get(`${relay.url}/api/me`);
  return answer.ok ? ((await answer.json()) as Me) : answer.status;
}

const change = (browser: Browser, method: string, path: string, body: object) =>
  browser.get(relay.url + path, {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-requested-with': 'test' },
  });

describe('a person', () => {
  test('is told that there is a provider', async () => {
    const { openId } = (await (await fetch(`${relay.url}/api/sign-in`)).json()) as SignInWays;
    expect(openId).toEqual({ provider: new URL(provider.issuer).host, url: '/auth/sign-in' });
  });

  test('signs in with the scopes of the roles, and is led to where the way was to lead', async () => {
    const { browser, at } = await signIn('ada', new Browser(), '/auth/sign-in?to=%2Fdeliveries%3Fstatus%3Dfailed');
    expect(at).toBe('/deliveries?status=failed');
    expect(await me(browser)).toEqual({
      userId: expect.any(String) as string,
      role: 'admins',
      name: 'Ada Lovelace',
      clientId: null,
      scopes: ['admin'],
    });
  });

  test('of a role for one client sees that client alone', async () => {
    const { browser } = await signIn('ben');
    expect(await me(browser)).toMatchObject({ role: 'acme-support', clientId: 'acme' });
    expect((await browser.get(`${relay.url}/api/webhooks`)).status).toBe(200);
    expect((await browser.get(`${relay.url}/api/keys`)).status).toBe(403);
  });

  test('without a role does not get in', async () => {
    const { browser, at } = await signIn('eve');
    expect(at).toBe('/sign-in?failed=role&to=%2F');
    expect(await me(browser)).toBe(401);
    const nobody = await signIn('somebody else');
    expect(nobody.at).toBe('/sign-in?failed=role&to=%2F');
  });

  test('acts by the own name, which stands in the audit trail, and is the same person each time', async () => {
    const { browser } = await signIn('ada');
    const { userId } = (await me(browser)) as Me;
    const again = await signIn('ada');
    expect(await me(again.browser)).toMatchObject({ userId });
    const made = await change(browser, 'POST', '/api/keys', { name: 'By Ada', scopes: ['events:write'] });
    const { id, expiresAt } = (await made.json()) as ApiKey;
    expect([made.status, expiresAt]).toEqual([201, null]);
    const { body } = await relay.api.call<Page<AuditEntry>>('GET', `/api/audit?actor=${userId}`);
    const actor = { userId, name: 'Ada Lovelace' };
    expect(body.data.slice(0, 3).map((entry) => [entry.action, entry.target.id, entry.actor])).toEqual([
      ['key.created', id, actor],
      ['person.signed_in', userId, actor],
      ['person.signed_in', userId, actor],
    ]);
    expect(body.data[1]?.changes['role']).toEqual({ before: null, after: 'admins' });
  });

  test('makes links that outlive the own session, and is shut out with them', async () => {
    const { browser } = await signIn('ada');
    const link = { clientId: 'acme', scopes: ['webhooks:read'], expiresInSeconds: 86_400 };
    const [first, second] = [
      (await (await change(browser, 'POST', '/api/session-links', link)).json()) as SessionLink,
      (await (await change(browser, 'POST', '/api/session-links', link)).json()) as SessionLink,
    ];
    expect(Date.parse(first.expiresAt) - Date.now()).toBeGreaterThan(86_000_000);
    await browser.get(`${relay.url}/auth/sign-out`);
    const opened = await fetch(first.url, { redirect: 'manual' });
    expect(opened.headers.get('location')).toBe('/');

    const other = (await signIn('ada')).browser;
    const keys = await relay.api.call<Page<ApiKey>>('GET', '/api/keys');
    const visits = keys.body.data.filter(({ kind }) => kind === 'person');
    for (const { id, name } of visits) if (name === 'Ada Lovelace') await relay.api.call('DELETE', `/api/keys/${id}`);
    await expect.poll(() => me(other), { timeout: 5000 }).toBe(401);
    expect((await fetch(second.url, { redirect: 'manual' })).headers.get('location')).toContain('link=over');
  });

  test('signs out here and at the provider', async () => {
    const visits = async () => {
      const { body } = await relay.api.call<Page<ApiKey>>('GET', '/api/keys?limit=100');
      return body.data.filter(({ name }) => name === 'Ben Support').length;
    };
    const before = await visits();
    const { browser } = await signIn('ben');
    expect(await visits()).toBe(before + 1);
    const out = await browser.get(`${relay.url}/auth/sign-out`);
    const there = new URL(out.headers.get('location') ?? '');
    expect(there.origin).toBe(provider.issuer);
    expect(there.searchParams.get('post_logout_redirect_uri')).toBe(`${relay.url}/sign-in`);
    expect(there.searchParams.get('id_token_hint')).toMatch(/^ey/);
    expect(await me(browser)).toBe(401);
    expect(await visits()).toBe(before);
  });

  test('is signed out by no other site, whose requests come without the cookie', async () => {
    const { browser } = await signIn('ben');
    const answer = await fetch(`${relay.url}/auth/sign-out`, { redirect: 'manual' });
    expect([answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual(['/sign-in', []]);
    expect(await me(browser)).toMatchObject({ name: 'Ben Support' });
  });
});

describe('what comes back', () => {
  test('to a browser that did not begin it signs nobody in: neither a foreign code nor a foreign state', async () => {
    const foreign = await comeBack(new Browser(), 'ada');
    const victim = new Browser();
    const [at] = await victim.follow(foreign, isPage);
    expect(at).toContain('/sign-in?failed=again');
    await victim.follow(`${relay.url}/auth/sign-in`);
    const [then] = await victim.follow(foreign, isPage);
    expect(then).toContain('/sign-in?failed=again');
    expect(await me(victim)).toBe(401);
  });

  test('is good once', async () => {
    const browser = new Browser();
    const back = await comeBack(browser, 'ada');
    await browser.follow(back, isPage);
    const [again] = await browser.follow(back, isPage);
    expect(again).toContain('failed=again');
  });

  test('is exchanged by who has the verifier alone (PKCE)', async () => {
    const browser = new Browser();
    const asked = await browser.get(`${relay.url}/auth/sign-in`);
    const { searchParams } = new URL(asked.headers.get('location') ?? '');
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    expect(searchParams.get('scope')).toBe('openid profile email groups');
    const back = await comeBack(browser, 'ada');
    // The same state with another verifier, as somebody has who saw the address.
    const [, value = ''] =
      /relay_sign_in=([^;]+)/.exec(browser.seen.findLast((one) => one.startsWith('relay_sign_in=ey')) ?? '') ?? [];
    const kept = JSON.parse(Buffer.from(value, 'base64url').toString()) as { verifier: string };
    const forged = Buffer.from(JSON.stringify({ ...kept, verifier: 'x'.repeat(43) })).toString('base64url');
    const answer = await fetch(back, { redirect: 'manual', headers: { cookie: `relay_sign_in=${forged}` } });
    expect(answer.headers.get('location')).toContain('failed=refused');
  });

  test('leads to no other site', async () => {
    const { at } = await signIn('ada', new Browser(), `/auth/sign-in?to=${encodeURIComponent('//evil.example/')}`);
    expect(at).toBe('/');
  });

  test('sets cookies that no script and no other site has', async () => {
    const { browser } = await signIn('ada');
    const ours = browser.seen.filter((line) => /^relay_/.test(line) && !/Max-Age=0/.test(line));
    expect(ours.map((line) => line.replace(/=[^;]*/, ''))).toEqual([
      'relay_sign_in; Path=/; Max-Age=600; HttpOnly; SameSite=Lax',
      'relay_session; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict',
    ]);
  });

  test('of no use, too often from one address, is not asked the provider about', async () => {
    const alone = await startTestRelay(openIdEnvironment(provider.issuer, ROLES));
    const statuses = new Set<number>();
    for (let n = 0; n < 102; n++) {
      statuses.add((await fetch(`${alone.url}/auth/callback?code=x&state=y`, { redirect: 'manual' })).status);
    }
    expect([...statuses]).toEqual([303, 429]);
  });
});

describe('the provider', () => {
  test('may sign with new keys at any time', async () => {
    await signIn('ada');
    provider.rotateKeys();
    const { browser } = await signIn('ada');
    expect(await me(browser)).toMatchObject({ name: 'Ada Lovelace' });
  });

  test('that is away is told of by the page, while keys and sessions go on', async () => {
    const { browser } = await signIn('ada');
    const late = new Browser();
    const back = await comeBack(late, 'ben');
    await provider.setAway(true);
    const fresh = await startTestRelay(openIdEnvironment(provider.issuer, ROLES));
    const began = await fetch(`${fresh.url}/auth/sign-in?to=%2Fevents`, { redirect: 'manual' });
    expect(began.headers.get('location')).toBe('/sign-in?failed=away&to=%2Fevents');
    const [at] = await late.follow(back, isPage);
    expect(at).toContain('failed=away');
    expect((await fresh.api.call('GET', '/api/me')).status).toBe(200);
    expect(await me(browser)).toMatchObject({ name: 'Ada Lovelace' });
    expect((await fetch(`${fresh.url}/readyz`)).status).toBe(200);
    await provider.setAway(false);
  });
});

describe('where the provider sends people back to', () => {
  const redirectOf = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${url}/auth/sign-in`, { redirect: 'manual', headers });
    return {
      uri: new URL(answer.headers.get('location') ?? '').searchParams.get('redirect_uri'),
      cookie: answer.headers.get('set-cookie') ?? '',
    };
  };

  test('is under PUBLIC_URL, whatever a request claims', async () => {
    const env = {
      ...openIdEnvironment(provider.issuer, ROLES),
      PUBLIC_URL: 'https://relay.example.com',
      TRUST_PROXY: 'true',
    };
    const { url } = await startTestRelay(env);
    const { uri, cookie } = await redirectOf(url, { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' });
    expect(uri).toBe('https://relay.example.com/auth/callback');
    expect(cookie).toMatch(/^__Host-relay_sign_in=.*; Secure$/);
  });

  test('without it is where the request went, by TLS when a proxy that is trusted says so', async () => {
    const trusting = await startTestRelay({ ...openIdEnvironment(provider.issuer, ROLES), TRUST_PROXY: 'true' });
    const { host } = new URL(trusting.url);
    const tls = { 'x-forwarded-proto': 'https' };
    expect((await redirectOf(trusting.url, tls)).uri).toBe(`https://${host}/auth/callback`);
    expect((await redirectOf(relay.url, tls)).uri).toBe(`${relay.url}/auth/callback`);
  });
});

test('without a provider there is no way to sign in by one', async () => {
  const plain = await startTestRelay();
  expect(await (await fetch(`${plain.url}/api/sign-in`)).json()).toEqual({ openId: null });
  expect((await fetch(`${plain.url}/auth/sign-in`, { redirect: 'manual' })).status).toBe(404);
});
