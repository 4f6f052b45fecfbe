/** Whose an entry is. */
interface Owned {
  clientId: string;
  webhookId: string;
}

type Lane<T> = Map<string, T>;

/** So many webhooks are asked before it is left at that: there may be thousands, of which none may go now. */
const MOST_ASKED = 64;
/** So many when it is asked seldom. */
export const MANY_ASKED = 2000;

/**
 * Entries of clients, which take turns, so that one with a thousand webhooks has no more of them than one with one; a client's
 * webhooks take turns at its own. First in first out within a webhook. What may not go now goes to the end of the turn, so that it
 * never holds up another. Adding an entry that is already waiting changes nothing.
 */
export class FairQueue<T extends Owned> {
  readonly #key: (entry: T) => string;
  /** By client, then by webhook, each in the order of the turn. */
  readonly #clients = new Map<string, Map<string, Lane<T>>>();
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #sizes = new Map<string, number>();
  readonly #keys = new Set<string>();

  constructor(key: (entry: T) => string) {
    this.#key = key;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** How many wait for this webhook. */
  laneSize(webhookId: string): number {
    return this.#lanes.get(webhookId)?.size ?? 0;
  }

  /** The webhooks that at least this many wait for. */
  lanesOver(size: number): string[] {
    return [...this.#lanes].filter(([, lane]) => lane.size >= size).map(([webhookId]) => webhookId);
  }

  /** How many wait of this client. */
  clientSize(clientId: string): number {
    return this.#sizes.get(clientId) ?? 0;
  }

  /** The clients of which at least this many wait. */
  clientsOver(size: number): string[] {
    return [...this.#sizes].filter(([, count]) => count >= size).map(([clientId]) => clientId);
  }

  add(entry: T): void {
    const key = this.#key(entry);
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    const { clientId, webhookId } = entry;
    const lane: Lane<T> = this.#lanes.get(webhookId) ?? new Map<string, T>();
    lane.set(key, entry);
    this.#sizes.set(clientId, this.clientSize(clientId) + 1);
    this.#lanes.set(webhookId, lane);
    const webhooks = this.#clients.get(clientId) ?? new Map<string, Lane<T>>();
    if (!webhooks.has(webhookId)) webhooks.set(webhookId, lane);
    this.#clients.set(clientId, webhooks);
  }

  /**
   * The next entry that may go, of those that are first in their lanes, when `most` lanes are asked, a lane of each client in turn.
   * Whoever was asked goes to the end of the turn, so that the next time those after it are asked first.
   */
  take(mayGo: (first: T) => boolean, most = MOST_ASKED): T | undefined {
    let left = most;
    let clients = this.#nextClients(most);
    while (clients.length > 0) {
      for (const client of clients) {
        if (left-- === 0) return undefined;
        client.lanes -= 1;
        const entry = this.#takeNext(client.clientId, mayGo);
        if (entry) return entry;
      }
      clients = clients.filter(({ lanes }) => lanes > 0);
    }
    return undefined;
  }

  /** Takes one out of its turn; answers whether it was waiting. */
  remove(entry: T): boolean {
    const key = this.#key(entry);
    if (!this.#keys.delete(key)) return false;
    const { clientId, webhookId } = entry;
    const lane = this.#lanes.get(webhookId);
    lane?.delete(key);
    const left = this.clientSize(clientId) - 1;
    if (left > 0) this.#sizes.set(clientId, left);
    else this.#sizes.delete(clientId);
    if (lane?.size) return true;
    this.#lanes.delete(webhookId);
    const webhooks = this.#clients.get(clientId);
    webhooks?.delete(webhookId);
    if (webhooks?.size === 0) this.#clients.delete(clientId);
    return true;
  }

  /** What waits, lane by lane. */
  entries(): T[] {
    return [...this.#lanes.values()].flatMap((lane) => [...lane.values()]);
  }

  /** The webhooks that something waits for. */
  webhookIds(): string[] {
    return [...this.#lanes.keys()];
  }

  /** Takes all that waits for a webhook. */
  drainLane(webhookId: string): T[] {
    const all = [...(this.#lanes.get(webhookId)?.values() ?? [])];
    all.forEach((entry) => this.remove(entry));
    return all;
  }

  /** Empties the queue and answers with what was in it. */
  drain(): T[] {
    const all = this.entries();
    this.#clients.clear();
    this.#lanes.clear();
    this.#sizes.clear();
    this.#keys.clear();
    return all;
  }

  #nextClients(most: number): { clientId: string; lanes: number }[] {
    const next: { clientId: string; lanes: number }[] = [];
    for (const [clientId, webhooks] of this.#clients) {
      if (next.push({ clientId, lanes: webhooks.size }) === most) break;
    }
    return next;
  }

  /** Asks the first lane of a client; both then are the last. */
  #takeNext(clientId: string, mayGo: (first: T) => boolean): T | undefined {
    const webhooks = this.#clients.get(clientId) ?? new Map<string, Lane<T>>();
    const [[webhookId, lane] = []] = webhooks;
    const [[key, entry] = []] = lane ?? [];
    if (webhookId === undefined || !lane || key === undefined || entry === undefined) return undefined;
    const goes = mayGo(entry);
    webhooks.delete(webhookId);
    this.#clients.delete(clientId);
    if (goes) {
      lane.delete(key);
      this.#keys.delete(key);
      this.#sizes.set(clientId, this.clientSize(clientId) - 1);
    }
    if (lane.size > 0) webhooks.set(webhookId, lane);
    else this.#lanes.delete(webhookId);
    if (webhooks.size > 0) this.#clients.set(clientId, webhooks);
    else this.#sizes.delete(clientId);
    return goes ? entry : undefined;
  }
}
