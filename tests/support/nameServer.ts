import { createSocket } from 'node:dgram';

/** What a name server says of a name: addresses, perhaps only after a while, that there is none, that it cannot tell, or nothing. */
export type NameAnswer = { addresses: string[]; ttl?: number; delayMs?: number } | 'unknown' | 'failure' | 'silence';

export interface NameServer {
  /** `address:port`, as `NAME_SERVERS` takes it. */
  address: string;
  /** What it was asked for, as `A name` and `AAAA name`. */
  asked: string[];
  close(): Promise<void>;
}

const TYPES: Record<number, string> = { 1: 'A', 28: 'AAAA' };

/** A name server on a free loopback port that answers as it is told (RFC 1035 §4); IPv4 addresses only. */
export async function startNameServer(answer: (name: string, type: string) => NameAnswer): Promise<NameServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  const late = new Set<NodeJS.Timeout>();
  socket.on('message', (query, from) => {
    const { name, end } = readName(query);
    const type = TYPES[query.readUInt16BE(end)] ?? '';
    asked.push(`${type} ${name}`);
    const said = answer(name, type);
    if (said === 'silence') return;
    const records = typeof said === 'object' && type === 'A' ? said.addresses : [];
    const ttl = typeof said === 'object' ? (said.ttl ?? 0) : 0;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180 | (said === 'unknown' ? 3 : said === 'failure' ? 2 : 0), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    const question = query.subarray(12, end + 4);
    const message = Buffer.concat([head, question, ...records.map((text) => record(text, ttl))]);
    const send = (): void => socket.send(message, from.port, from.address);
    const delayMs = typeof said === 'object' ? (said.delayMs ?? 0) : 0;
    if (delayMs === 0) return send();
    const timer = setTimeout(() => {
      late.delete(timer);
      send();
    }, delayMs);
    late.add(timer);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => {
      late.forEach(clearTimeout);
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** An A record of the name that was asked for. */
function record(address: string, ttl: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(0xc00c, 0);
  bytes.writeUInt16BE(1, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt32BE(ttl, 6);
  bytes.writeUInt16BE(4, 10);
  bytes.set(address.split('.').map(Number), 12);
  return bytes;
}

const HERE: NameAnswer = { addresses: ['127.0.0.1'] };

/** How a name server may be ill, and what it then answers to the question of this number. */
export const ILLNESSES = {
  silent: () => 'silence',
  slow: () => ({ ...HERE, delayMs: 3000 }),
  failing: () => 'failure',
  flapping: (question) => (['silence', 'failure', HERE] as const)[question % 3] ?? HERE,
} satisfies Record<string, (question: number) => NameAnswer>;

/** A name server that knows this machine by every name, but is ill about those that begin with one of {@link ILLNESSES}. */
export async function startIllNameServer(): Promise<NameServer> {
  let questions = 0;
  const illnesses = Object.entries<(question: number) => NameAnswer>(ILLNESSES);
  return startNameServer((name) => {
    const [, answer] = illnesses.find(([illness]) => name.startsWith(illness)) ?? [];
    return answer ? answer(questions++) : HERE;
  });
}
