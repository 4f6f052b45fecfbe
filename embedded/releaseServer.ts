import { Readable } from 'node:stream';

/** How long is waited, in ms. */
export interface Patience {
  /** For a connection. */
  connect: number;
  /** For the next bytes. */
  silence: number;
  /** For all of it: what takes longer is slower than a build. */
  whole: number;
}

const PATIENCE: Patience = { connect: 5000, silence: 15_000, whole: 5 * 60_000 };
const MAX_REDIRECTS = 5;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** A server that is downloaded from. */
export interface ReleaseServer {
  /** What is at a path of it. @throws when it is not there, or nothing comes in good time. */
  get(path: string): Promise<{ body: Readable; bytes: number }>;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/**
 * Opens a server of releases: over HTTPS, also where it leads to another (on this machine itself HTTP will do), and
 * through the proxy of `HTTPS_PROXY` and `NO_PROXY`.
 */
export async function openRelease(
  { base, patience = PATIENCE }: { base: URL; patience?: Patience },
  signal?: AbortSignal,
): Promise<ReleaseServer> {
  // Needed in a checkout only: a build brings no servers.
  const { Agent, EnvHttpProxyAgent, fetch } = await import('undici');
  const waits = {
    connect: { timeout: patience.connect },
    headersTimeout: patience.silence,
    bodyTimeout: patience.silence,
  };
  const agent = LOOPBACK.test(base.hostname) ? new Agent(waits) : new EnvHttpProxyAgent(waits);
  const until = AbortSignal.any([AbortSignal.timeout(patience.whole), ...(signal ? [signal] : [])]);
  const root = base.href.replace(/\/*$/, '/');

  return {
    async get(path) {
      let url = new URL(path, root);
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        assertSafe(url);
        const { status, headers, body } = await fetch(url, { dispatcher: agent, redirect: 'manual', signal: until });
        const location = headers.get('location');
        if (status === 200 && body) {
          const bytes = Number(headers.get('content-length') ?? 0);
          return { body: Readable.fromWeb(body), bytes };
        }
        await body?.cancel();
        if (status < 300 || status > 399 || !location) throw new Error(`${url.href} answers ${status}`);
        url = new URL(location, url);
      }
      throw new Error(`${path} leads from one place to the next`);
    },
    close: () => agent.destroy(),
  };
}

/** @throws when what comes from there could have been changed on its way. */
function assertSafe({ protocol, hostname, host }: URL): void {
  if (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))) return;
  throw new Error(`${host} is to be asked by ${protocol}, and only https: will do`);
}
