import { isIP, type LookupFunction } from 'node:net';
import { inRange, parseAddress, refusalReason, type Address } from './addressClass.ts';
import { endpointOf } from './endpoint.ts';
import { TargetNotAllowedError } from './errors.ts';
import { createNames } from './names.ts';

/** May we connect there? `reason` is a phrase for people, such as "loopback address". */
type AddressVerdict = { allowed: true } | { allowed: false; reason: string };

/** Decides which addresses deliveries may be sent to. */
export interface AddressGuard {
  /** Judges one address in canonical spelling, as a resolver gives it. Anything else is refused. */
  check(address: string): AddressVerdict;
  /**
   * Judges a URL without resolving anything: a literal host in any spelling (`new URL` makes 0x7f.1, 2130706433 and
   * 127.0.0.1. canonical) and the names that mean this machine (RFC 6761 §6.3). Other names are allowed here, and
   * judged by {@link guardedLookup} when they are connected to.
   */
  checkUrl(url: URL): AddressVerdict;
}

const ALLOWED: AddressVerdict = { allowed: true };

/**
 * A guard that allows globally routable unicast (see {@link refusalReason}) and whatever is inside `allowedCidrs`.
 * An IPv4 range also allows the IPv4-mapped form of its addresses; no other embedding.
 * @throws Error naming every entry that is not a CIDR, such as `10.0.0.0/8` or `fd00::/8`
 */
export function createAddressGuard(allowedCidrs: readonly string[]): AddressGuard {
  const ranges = parseCidrs(allowedCidrs);

  function check(text: string): AddressVerdict {
    const address = parseAddress(text);
    if (address === null) return { allowed: false, reason: 'not an IP address' };
    if (ranges.some((range) => inRange(address, range))) return ALLOWED;
    const reason = refusalReason(address);
    return reason === null ? ALLOWED : { allowed: false, reason };
  }

  function checkUrl(url: URL): AddressVerdict {
    const host = endpointOf(url).host.replace(/\.+$/, '');
    if (host === '') return { allowed: false, reason: 'no host' };
    if (isIP(host) !== 0) return check(host);
    if (host !== 'localhost' && !host.endsWith('.localhost')) return ALLOWED;
    const v4 = check('127.0.0.1');
    return v4.allowed ? v4 : check('::1');
  }

  return { check, checkUrl };
}

/**
 * A `lookup` for sockets that hands on only allowed addresses. What was judged is what is connected to, so a name
 * cannot change its address in between (DNS rebinding). Sockets do not look literal addresses up: check those apart.
 * Calls back with {@link TargetNotAllowedError} when no address is left.
 */
export function guardedLookup(guard: AddressGuard, lookup: LookupFunction = createNames()): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, []);
      const addresses = typeof found === 'string' ? [{ address: found, family: family ?? isIP(found) }] : found;
      const verdicts = addresses.map(({ address }) => guard.check(address));
      const allowed = addresses.filter((_, index) => verdicts[index]?.allowed);
      const [first] = allowed;
      if (first === undefined) return callback(refusal(verdicts), []);
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}

function refusal(verdicts: readonly AddressVerdict[]): TargetNotAllowedError {
  const reasons = new Set(verdicts.flatMap((verdict) => (verdict.allowed ? [] : [verdict.reason])));
  return new TargetNotAllowedError(`${[...reasons].join(', ') || 'no address'}, found by resolving the name`);
}

function parseCidrs(texts: readonly string[]): (readonly [Address, number])[] {
  const parsed = texts.map((text) => ({ text, range: parseCidr(text.trim()) }));
  const bad = parsed.filter(({ range }) => range === null).map(({ text }) => JSON.stringify(text));
  if (bad.length > 0) throw new Error(`Not a CIDR such as 10.0.0.0/8 or fd00::/8: ${bad.join(', ')}`);
  return parsed.flatMap(({ range }) => (range === null ? [] : [range]));
}

/** Mapped ranges become the IPv4 ranges that they mean, as {@link parseAddress} does with addresses. */
function parseCidr(text: string): readonly [Address, number] | null {
  const [base = '', bits = '', ...rest] = text.split('/');
  const address = parseAddress(base);
  if (address === null || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return null;
  const length = 'octets' in address && base.includes(':') ? Number(bits) - 96 : Number(bits);
  const longest = 'octets' in address ? 32 : 128;
  return length >= 0 && length <= longest ? [address, length] : null;
}
