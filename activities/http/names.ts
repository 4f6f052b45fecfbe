import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnresolvedNameError } from './errors.ts';
import { candidates, readSystemNames, type SystemNames } from './systemNames.ts';

export interface NamesOptions {
  /** Name servers, as `address` or `address:port`; by default those of the machine. */
  servers?: readonly string[] | undefined;
  /** Reads what this machine knows of names; by default its hosts file and resolv.conf. */
  system?: () => SystemNames;
  /** Milliseconds that go up only. */
  now?: () => number;
  limits?: Partial<typeof LIMITS>;
}

/** In milliseconds, but for `names`. */
const LIMITS = {
  /** For one name, whatever its servers do; less than a connection may take, so that it is the name that is blamed. */
  lookup: 8_000,
  /** Before a name server is asked again; it doubles. */
  ask: 2_000,
  /** How long the other family's addresses are waited for (RFC 8305 §3). */
  otherFamily: 50,
  /** The least and the most that an answer is used, whatever its TTL. */
  shortest: 1_000,
  longest: 60_000,
  /** How long a failure is used (RFC 9520 §3.2: at least a second). */
  failure: 1_000,
  /** How long an answer is used after its time when no name server answers, and how long before one is asked again (RFC 8767 §5). */
  stale: 3_600_000,
  staleAgain: 30_000,
  /** How long the machine's files are believed. */
  files: 5_000,
  /** How many names are kept. */
  names: 10_000,
};
/** Times that a server is asked for one name. */
const TRIES = 3;

interface Known {
  addresses: LookupAddress[];
  /** Why there is none; addresses are then those of before. */
  error: UnresolvedNameError | null;
  freshUntil: number;
  staleUntil: number;
}

/**
 * A `lookup` for sockets that needs none of the few threads which getaddrinfo would hold for as long as a name server is silent: each
 * name waits for its own servers and for no other name (docs/adr/0009). Names of the hosts file and of this machine (RFC 6761) come
 * first; short ones are searched as resolv.conf says. Equal names share one question, and its answer for as long as its TTL allows. When
 * no server answers, what was known within the hour is used. Calls back with {@link UnresolvedNameError}, after 8 s at the latest.
 */
export function createNames(options: NamesOptions = {}): LookupFunction {
  const { servers, system = readSystemNames, now = () => performance.now() } = options;
  const limits = { ...LIMITS, ...options.limits };
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<Known>>();
  let files: { read: SystemNames; until: number } | undefined;

  function machine(): SystemNames {
    if (!files || files.until <= now()) files = { read: system(), until: now() + limits.files };
    return files.read;
  }

  /** Both families of one full name; an error tells why there are none. */
  async function ask(name: string, signal: AbortSignal): Promise<{ addresses: LookupAddress[]; ttlMs: number }> {
    const resolver = new Resolver({ timeout: limits.ask, tries: TRIES });
    if (servers) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const found: { address: string; ttl: number; family: number }[] = [];
    const families = [resolver.resolve4(name, { ttl: true }), resolver.resolve6(name, { ttl: true })].map(
      async (records, index) => {
        found.push(...(await records).map((record) => ({ ...record, family: index === 0 ? 4 : 6 })));
      },
    );
    try {
      const all = Promise.allSettled(families);
      const one = Promise.any(families).then(() => sleep(limits.otherFamily, null));
      await Promise.race([all, one.catch(() => all)]);
      if (found.length === 0) throw mostTelling(await all);
      const ttlMs = Math.min(...found.map(({ ttl }) => ttl)) * 1000;
      return { addresses: found.map(({ address, family }) => ({ address, family })), ttlMs };
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  /** The first of the candidates that is there. */
  async function search(name: string): Promise<{ addresses: LookupAddress[]; ttlMs: number }> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), limits.lookup);
    let worst: UnresolvedNameError | undefined;
    try {
      for (const candidate of candidates(name, machine())) {
        try {
          return await ask(candidate, giveUp.signal);
        } catch (error) {
          const described = unresolved(error);
          if (giveUp.signal.aborted) throw new UnresolvedNameError('ETIMEOUT');
          worst = worst && !worst.isAnswer ? worst : described;
        }
      }
    } finally {
      clearTimeout(timer);
    }
    throw worst ?? new UnresolvedNameError('ENOTFOUND');
  }

  async function refresh(name: string): Promise<Known> {
    const before = known.get(name);
    try {
      const { addresses, ttlMs } = await search(name);
      const freshMs = Math.min(Math.max(ttlMs, limits.shortest), limits.longest);
      return keep(name, { addresses, error: null, freshUntil: now() + freshMs, staleUntil: now() + limits.stale });
    } catch (error) {
      const described = unresolved(error);
      const stale = before !== undefined && before.staleUntil > now() && !described.isAnswer;
      if (stale) return keep(name, { ...before, error: null, freshUntil: now() + limits.staleAgain });
      return keep(name, { addresses: [], error: described, freshUntil: now() + limits.failure, staleUntil: 0 });
    } finally {
      asking.delete(name);
    }
  }

  function keep(name: string, entry: Known): Known {
    known.delete(name);
    known.set(name, entry);
    const [oldest] = known.keys();
    if (known.size > limits.names && oldest !== undefined) known.delete(oldest);
    return entry;
  }

  function find(name: string): Known | Promise<Known> {
    const entry = known.get(name);
    if (entry && entry.freshUntil > now()) return entry;
    const underWay = asking.get(name) ?? refresh(name);
    asking.set(name, underWay);
    return underWay;
  }

  return (hostname, { all }, callback) => {
    const name = hostname.toLowerCase();
    const answer = ({ addresses, error }: Pick<Known, 'addresses' | 'error'>) => {
      const [first] = addresses;
      if (error || !first) return callback(error ?? new UnresolvedNameError('ENODATA'), []);
      return all ? callback(null, addresses) : callback(null, first.address, first.family);
    };
    const here = ownNames(name.replace(/\.$/, ''), machine().hosts);
    void Promise.resolve(here ?? find(name)).then(answer);
  };
}

/** What is known without asking: the hosts file, and the names that mean this machine or nothing (RFC 6761 §6.3, §6.4). */
function ownNames(name: string, hosts: SystemNames['hosts']): Pick<Known, 'addresses' | 'error'> | null {
  const addresses = hosts.get(name);
  if (addresses) return { addresses, error: null };
  if (name === 'localhost' || name.endsWith('.localhost')) return { addresses: LOOPBACK, error: null };
  return name.endsWith('.invalid') ? { addresses: [], error: new UnresolvedNameError('ENOTFOUND') } : null;
}

const LOOPBACK: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

function unresolved(error: unknown): UnresolvedNameError {
  if (error instanceof UnresolvedNameError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new UnresolvedNameError(/^E[A-Z]{1,20}$/.test(code) ? code : 'EUNKNOWN');
}

/** A family that was not answered says more than one that does not exist. */
function mostTelling(results: PromiseSettledResult<void>[]): UnresolvedNameError {
  const described = results.flatMap((result) => (result.status === 'rejected' ? [unresolved(result.reason)] : []));
  return described.find(({ isAnswer }) => !isAnswer) ?? described[0] ?? new UnresolvedNameError('ENODATA');
}
