import { readFileSync } from 'node:fs';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

/** What this machine knows of names before any name server is asked. */
export interface SystemNames {
  /** The addresses of a name in the hosts file; the name in lower case. */
  hosts: Map<string, LookupAddress[]>;
  /** Domains that short names are tried in, and how many dots make a name long (resolv.conf(5)). */
  search: string[];
  ndots: number;
}

const HOSTS = '/etc/hosts';
const RESOLV_CONF = '/etc/resolv.conf';
/** The bounds that resolv.conf(5) sets. */
const MAX_SEARCH = 6;
const MAX_NDOTS = 15;

/** Reads the machine's files; one that is not there says nothing. */
export function readSystemNames(): SystemNames {
  return { hosts: parseHosts(textOf(HOSTS)), ...parseResolvConf(textOf(RESOLV_CONF)) };
}

/** hosts(5): an address and its names on each line, `#` begins a comment. */
export function parseHosts(text: string): SystemNames['hosts'] {
  const hosts: SystemNames['hosts'] = new Map();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = wordsOf(line.replace(/#.*/, ''));
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names.map((word) => word.toLowerCase())) {
      hosts.set(name, [...(hosts.get(name) ?? []), { address, family }]);
    }
  }
  return hosts;
}

/** resolv.conf(5): the last `search` or `domain` counts. */
export function parseResolvConf(text: string): Pick<SystemNames, 'search' | 'ndots'> {
  let search: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...words] = wordsOf(line);
    if (keyword === 'search' || keyword === 'domain') search = words.slice(0, MAX_SEARCH);
    if (keyword !== 'options') continue;
    const told = words.map((word) => /^ndots:(\d{1,3})$/.exec(word)?.[1]).find(Boolean);
    if (told !== undefined) ndots = Math.min(Number(told), MAX_NDOTS);
  }
  return { search: search.map((domain) => domain.replace(/\.$/, '')).filter(Boolean), ndots };
}

/** The names that are asked for one after the other until one is there. */
export function candidates(name: string, { search, ndots }: Pick<SystemNames, 'search' | 'ndots'>): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const within = search.map((domain) => `${name}.${domain}`);
  return name.split('.').length > ndots ? [name, ...within] : [...within, name];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function wordsOf(line: string): string[] {
  return line.trim().split(/\s+/).filter(Boolean);
}
