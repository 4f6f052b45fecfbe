import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A parsed address; an IPv4-mapped one has become the IPv4 address that the system would connect to. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

const cidr = (text: string): Range => ipaddr.parseCIDR(text);

/** Where clouds answer questions about the machine; some lie in ranges that are otherwise public or shared. */
const METADATA = [
  '169.254.169.254/32', // AWS, Azure, Google, DigitalOcean, Oracle
  '169.254.170.0/24', // AWS container credentials
  '100.100.100.200/32', // Alibaba
  '168.63.129.16/32', // Azure's host agent, in public space
  '192.0.0.192/32', // Oracle, classic
  'fd00:ec2::/32', // AWS
  'fd20:ce::254/128', // Google
].map(cidr);

const GLOBAL_UNICAST = cidr('2000::/3');
const NAT64 = cidr('64:ff9b::/96');
const IPV4_COMPATIBLE = cidr('::/96');

/** ipaddr.js's names of ranges (from the IANA special-purpose registries) in words. */
const RANGE_IN_WORDS: Record<string, string> = {
  unspecified: 'unspecified address',
  broadcast: 'broadcast address',
  multicast: 'multicast address',
  linkLocal: 'link-local address',
  loopback: 'loopback address',
  carrierGradeNat: 'shared address (carrier-grade NAT)',
  private: 'private address',
  uniqueLocal: 'private address (unique local)',
  deprecatedSiteLocal: 'private address (site-local)',
  discard: 'discard-only address',
  benchmarking: 'benchmarking address',
  ipv4Mapped: 'IPv4 address embedded in IPv6',
  rfc6145: 'IPv4 address embedded in IPv6 (translated)',
  rfc6052: 'IPv4 address embedded in IPv6 (NAT64)',
  '6to4': 'IPv4 address embedded in IPv6 (6to4)',
  teredo: 'IPv4 address embedded in IPv6 (Teredo)',
};

/** Reads an address in its canonical spelling; null for anything else, octal and hexadecimal spellings included. */
export function parseAddress(text: string): Address | null {
  const version = isIP(text);
  if (version === 0) return null;
  return ipaddr.process(version === 4 ? text : inHexadecimal(text));
}

/** Without zone and dotted tail: ipaddr.js would read the IPv4-compatible ::127.0.0.1 as IPv4-mapped. */
function inHexadecimal(ipv6: string): string {
  return new URL(`http://[${ipv6.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
}

/**
 * Why an address may not be a target, as a phrase for people; null when it is globally routable unicast.
 *
 * IPv6 is judged by what is assigned (2000::/3), less the special ranges in it. Of the ways to embed an IPv4 address,
 * IPv4-mapped and the well-known NAT64 prefix are judged by the embedded address, because networks with DNS64 present
 * every IPv4 host so; IPv4-compatible, translated, 6to4, Teredo, ISATAP and local NAT64 are always refused.
 * Rules: IANA special-purpose address registries, RFC 4291, 6052, 5214, 6890, 8215.
 */
export function refusalReason(address: Address): string | null {
  if (METADATA.some((range) => inRange(address, range))) return 'cloud metadata address';
  const name: string = address.range();
  if ('octets' in address) return name === 'unicast' ? null : inWords(name);
  if (inRange(address, NAT64)) return refusalReason(embeddedIPv4(address));
  if (name !== 'unicast') return inWords(name);
  if (inRange(address, IPV4_COMPATIBLE)) return 'IPv4 address embedded in IPv6 (IPv4-compatible)';
  if (!inRange(address, GLOBAL_UNICAST)) return 'address that is not globally routable';
  return isIsatap(address) ? 'IPv4 address embedded in IPv6 (ISATAP)' : null;
}

/** Whether an address lies in a range of its own family. */
export function inRange(address: Address, [base, bits]: Range): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}

function inWords(range: string): string {
  return RANGE_IN_WORDS[range] ?? 'reserved address';
}

function embeddedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

/** Interface identifiers 0000:5efe and 0200:5efe are followed by an IPv4 address (RFC 5214 §6.1). */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
}
