import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { onTestFinished } from 'vitest';

/** An authorization server of others, with one client that gets tokens by its credentials. */
export interface TokenServer {
  tokenUrl: string;
  /** The scope of a token that is good; null for any other. */
  introspect(token: string): Promise<string | null>;
  /** Makes a token worthless before its time. */
  revoke(token: string): Promise<void>;
  /** How many tokens it has given out. */
  issued(): number;
}

/** `oidc-provider`, a certified one, on a free port until the test that asks for it has ended. */
export async function startTokenServer(client: { id: string; secret: string; scope: string }): Promise<TokenServer> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        scope: client.scope,
      },
    ],
    scopes: [client.scope],
    cookies: { keys: ['only for tests'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
  });
  let issued = 0;
  provider.on('grant.success', () => void (issued += 1));
  const answer = provider.callback();
  const credentials = [client.id, client.secret].map(encodeURIComponent).join(':');
  const headers = { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  const post = (path: string, token: string) =>
    fetch(`${issuer}${path}`, { method: 'POST', headers, body: new URLSearchParams({ token }) });
  return {
    tokenUrl: `${issuer}/token`,
    async introspect(token) {
      const told = (await (await post('/token/introspection', token)).json()) as { active: boolean; scope?: string };
      return told.active ? (told.scope ?? '') : null;
    },
    async revoke(token) {
      await post('/token/revocation', token);
    },
    issued: () => issued,
  };
}
