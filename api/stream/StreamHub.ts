import { PassThrough, type Readable } from 'node:stream';
import type { Knex } from 'knex';
import { CHANNELS } from '../../store/channels.ts';
import type { Listener } from '../../store/listen.ts';
import type { Logger } from '../../ops/logger.ts';
import { hasScope, type ApiKeyIdentity } from '../http/caller.ts';
import { ApiProblem } from '../http/problem.ts';
import { ChangeLog, SCOPE_OF, type Change, type ChangeKind } from './changeLog.ts';
import { readChanges, type Message } from './readChanges.ts';

/** Changes are gathered this long, so that a thing that changes often is sent once, in ms. */
const GATHER_MS = 250;
/** Messages to one reader in that time; the rest waits, newest states only. */
const MAX_AT_ONCE = 200;
/** A reader with more than this waiting is told to reload instead. */
const MAX_WAITING = 2000;
/** A reader that does not take this many bytes gets nothing more until it does. */
const MAX_UNREAD_BYTES = 131_072;
/** One that has as much unread and takes nothing of it for this long is dropped, in ms; it can resume. */
const STUCK_MS = 10_000;
/** The most readers that one key may have here (docs/CONTRACT.md §8), and that a process has. */
const MAX_READERS_OF_KEY = 20;
const MAX_READERS = 1000;
/** How long one who is asked to come again should wait, in seconds. */
const RETRY_AFTER = { 'Retry-After': '10' };
const HEARTBEAT_MS = 15_000;
/** How often a reader's key is checked again (ms). Its lookup is cached for up to a second more; two seconds are promised. */
const CHECK_MS = 800;
/** What a reader is given again when it resumes, since the clocks of processes differ a little, in ms. */
const OVERLAP_MS = 2000;

export interface StreamReader {
  identity: ApiKeyIdentity;
  lastEventId: string | undefined;
  /** Whether the reader's key or session still holds. */
  isValid: () => Promise<boolean>;
}

interface Client extends StreamReader {
  output: PassThrough;
  waiting: Map<string, Change>;
  written: number;
  /** How much it had taken when it was last seen to take something, and when that was. */
  progress: { taken: number; at: number };
}

/**
 * Tells readers what changes, as server-sent events. PostgreSQL announces ids; what those things are now is read once for
 * all readers, only while there are any. Ids of messages are times, so a reader can resume at another process.
 */
export class StreamHub {
  readonly #db: Knex;
  readonly #logger: Logger;
  readonly #stuckMs: number;
  readonly #log = new ChangeLog();
  readonly #clients = new Set<Client>();
  #timers: NodeJS.Timeout[] = [];
  #isFlushing = false;

  constructor(db: Knex, logger: Logger, { stuckMs = STUCK_MS } = {}) {
    this.#db = db;
    this.#logger = logger;
    this.#stuckMs = stuckMs;
  }

  /** @throws when the database cannot be reached. */
  async start(listener: Listener): Promise<void> {
    await listener.subscribe({
      channels: [CHANNELS.changes, CHANNELS.webhooks],
      onNotification: (channel, payload) => this.#note(channel, payload),
      onReconnected: () => {
        this.#log.restart();
        for (const client of this.#clients) this.#reset(client);
        return Promise.resolve();
      },
    });
    this.#log.restart();
    this.#timers = [
      setInterval(() => void this.#flush(), GATHER_MS),
      setInterval(() => this.#beat(), HEARTBEAT_MS),
      setInterval(() => void this.#check(), CHECK_MS),
    ];
  }

  /** Ends every stream; readers come back by themselves, here or elsewhere. */
  stop(): void {
    this.#timers.forEach(clearInterval);
    for (const { output } of this.#clients) output.end();
  }

  /**
   * A new reader's stream; it ends when the reader goes.
   * @throws ApiProblem `rate_limited` for one more than a key may have, `unavailable` for one more than the process can.
   */
  open(reader: StreamReader): Readable {
    this.#refuseTooMany(reader.identity);
    const progress = { taken: 0, at: Date.now() };
    const client: Client = { ...reader, output: new PassThrough(), waiting: new Map(), written: 0, progress };
    client.output.on('close', () => this.#clients.delete(client));
    const missed = this.#missedSince(reader.lastEventId);
    // Who goes again before all that was missed has come must be able to ask for it once more.
    const at = missed?.length ? reader.lastEventId : Date.now();
    write(client, `retry: 2000\nid: ${at}\n\n`);
    if (missed) for (const change of missed) this.#offer(client, change);
    else this.#reset(client);
    this.#clients.add(client);
    return client.output;
  }

  #refuseTooMany({ keyId }: ApiKeyIdentity): void {
    const ofKey = [...this.#clients].filter(({ identity }) => identity.keyId === keyId).length;
    if (ofKey >= MAX_READERS_OF_KEY) {
      const detail = `This key may have ${MAX_READERS_OF_KEY} streams at once.`;
      throw new ApiProblem('rate_limited', detail, { headers: RETRY_AFTER });
    }
    if (this.#clients.size >= MAX_READERS) {
      throw new ApiProblem('unavailable', 'This process has as many streams as it can.', { headers: RETRY_AFTER });
    }
  }

  /** What a reader has not been told yet; null when that is not known. */
  #missedSince(lastEventId: string | undefined): Change[] | null {
    if (lastEventId === undefined) return [];
    return /^\d{1,16}$/.test(lastEventId) ? this.#log.since(Number(lastEventId), OVERLAP_MS) : null;
  }

  #note(channel: string, payload: string): void {
    const [kind, ids] = channel === CHANNELS.webhooks ? ['webhook', payload] : payload.split(':');
    for (const id of ids?.split(',') ?? []) {
      const change = this.#log.add(kind as ChangeKind, id);
      for (const client of this.#clients) this.#offer(client, change);
    }
  }

  #offer(client: Client, change: Change): void {
    if (!hasScope(client.identity, SCOPE_OF[change.kind])) return;
    client.waiting.delete(change.id);
    client.waiting.set(change.id, change);
    if (client.waiting.size > MAX_WAITING) this.#reset(client);
  }

  /** Tells a reader to read everything again, which is less than what it would have to be told. */
  #reset(client: Client): void {
    client.waiting.clear();
    write(client, `id: ${Date.now()}\nevent: reset\ndata: {}\n\n`);
  }

  async #flush(): Promise<void> {
    if (this.#isFlushing || this.#clients.size === 0) return;
    this.#isFlushing = true;
    try {
      const turns = [...this.#clients].map((client) => [client, nextOf(client)] as const);
      const wanted = new Map(turns.flatMap(([, changes]) => changes.map((change) => [change.id, change] as const)));
      if (wanted.size === 0) return;
      const messages = await readChanges(this.#db, [...wanted.values()]);
      const texts = new Map<Change, Buffer>();
      for (const [client, changes] of turns) send(client, changes, { messages, texts });
    } catch (error) {
      this.#logger.warn('Changes could not be read for the stream', { error });
    } finally {
      this.#isFlushing = false;
    }
  }

  #beat(): void {
    // With an id, so that a reader that was told nothing for long can still resume.
    for (const client of this.#clients)
      if (client.waiting.size === 0) write(client, `: still here\nid: ${Date.now()}\n\n`);
  }

  async #check(): Promise<void> {
    for (const client of this.#clients) {
      if (isStuck(client, this.#stuckMs)) client.output.destroy();
      // A database that is away says nothing about the key.
      if (!(await client.isValid().catch(() => true))) client.output.end();
    }
  }
}

function nextOf({ waiting, output }: Client): Change[] {
  if (output.writableLength > MAX_UNREAD_BYTES) return [];
  return [...waiting.values()].slice(0, MAX_AT_ONCE);
}

function write(client: Client, text: string | Buffer): void {
  client.written += Buffer.byteLength(text);
  client.output.write(text);
}

function isStuck({ output, written, progress }: Client, afterMs: number): boolean {
  const unread = output.writableLength + output.readableLength;
  const taken = written - unread;
  const now = Date.now();
  if (unread <= MAX_UNREAD_BYTES || taken > progress.taken) Object.assign(progress, { taken, at: now });
  return now - progress.at > afterMs;
}

interface Prepared {
  messages: Map<string, Message>;
  /** What has been written of them, which all readers share. */
  texts: Map<Change, Buffer>;
}

function send(client: Client, changes: Change[], { messages, texts }: Prepared): void {
  const { identity, waiting, output } = client;
  for (const change of changes) {
    if (output.writableLength > MAX_UNREAD_BYTES) return;
    // One that changed again meanwhile has been read as it is now, or will be sent once more.
    if (waiting.get(change.id) === change) waiting.delete(change.id);
    const message = messages.get(change.id);
    if (!message || (identity.clientId !== null && identity.clientId !== message.clientId)) continue;
    const text = texts.get(change) ?? textOf(change, message);
    texts.set(change, text);
    write(client, text);
  }
}

function textOf({ at }: Change, { event, data }: Message): Buffer {
  return Buffer.from(`id: ${at}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
