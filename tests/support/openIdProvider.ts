import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type JWK } from 'oidc-provider';

/** The claims of people by the name that they sign in with; anybody else has none but that. */
export type People = Record<string, Record<string, unknown>>;

export interface TestProvider {
  issuer: string;
  people: People;
  /** Registers Relay as the client, by where it may send a browser back to. */
  register(relayUrl: string): void;
  /** From now on it signs with another key, and knows the one before no more. */
  rotateKeys(): void;
  /** Takes no connections, or takes them again. */
  setAway(isAway: boolean): Promise<void>;
  close(): Promise<void>;
}

const CLIENT_ID = 'relay';
const CLIENT_SECRET = 'a secret of the provider and Relay';

/** The settings by which Relay knows a provider. */
export function openIdEnvironment(issuer: string, roles: object): NodeJS.ProcessEnv {
  return {
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
    OIDC_ROLES: JSON.stringify(roles),
  };
}

/** A real OpenID provider with one client; people type a name and any password. */
export async function startOpenIdProvider(people: People): Promise<TestProvider> {
  let keys = [newKey()];
  let relayUrl = 'http://relay.invalid';
  let serve: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;
  let port = 0;
  const server = createServer((request, response) => void serve(request, response));
  const listen = async () => {
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  };
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await listen();
  const issuer = `http://127.0.0.1:${port}`;

  function build(): void {
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          redirect_uris: [`${relayUrl}/auth/callback`],
          post_logout_redirect_uris: [`${relayUrl}/sign-in`],
        },
      ],
      jwks: { keys },
      claims: { openid: ['sub'], profile: ['name'], groups: ['groups'], email: ['email', 'email_verified'] },
      scopes: ['openid', 'profile', 'email', 'groups'],
      pkce: { required: () => true },
      features: { rpInitiatedLogout: { enabled: true } },
      cookies: { keys: ['of the test'] },
      findAccount: (_context, sub) => ({
        accountId: sub,
        claims: () => Promise.resolve({ sub, ...people[sub] }),
      }),
      // Nobody is asked to agree: the client is the same organisation's.
      async loadExistingGrant({ oidc }) {
        const grant = new oidc.provider.Grant({
          clientId: oidc.client?.clientId,
          accountId: oidc.session?.accountId,
        });
        grant.addOIDCScope('openid profile email groups');
        await grant.save();
        return grant;
      },
    });
    serve = provider.callback();
  }
  build();

  return {
    issuer,
    people,
    register(url) {
      relayUrl = url;
      build();
    },
    rotateKeys() {
      keys = [newKey()];
      build();
    },
    setAway: (isAway) => (isAway ? close() : listen()),
    close,
  };
}

function newKey(): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), kid: randomUUID(), alg: 'RS256', use: 'sig' };
}
