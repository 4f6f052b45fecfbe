import { ApiProblem } from '../http/problem.ts';
import { FairQueue } from './FairQueue.ts';

export interface RequestTurnsLimits {
  /** How many are worked on at once, of all clients. */
  atOnce: number;
  ofOneAtOnce: number;
  /** How long one waits before it is refused, in ms. */
  waitMs: number;
}

interface Waiting {
  client: string;
  begin: () => void;
  isOver: boolean;
}

/** How long a request waits for its turn, in ms: as long as it would for a connection to the database. */
const WAIT_MS = 5000;

/**
 * The turns of a process whose pool has so many connections. Half of them are for requests that take turns, so that posting and
 * delivering always find one; a client has at most half of that half.
 */
export function createRequestTurns(poolMax: number, waitMs = WAIT_MS): RequestTurns {
  const atOnce = Math.max(1, Math.floor(poolMax / 2));
  return new RequestTurns({ atOnce, ofOneAtOnce: Math.max(1, Math.floor(atOnce / 2)), waitMs });
}

/** Turns for searches, which are dear: a fifth of the connections, beside those of {@link createRequestTurns}, and one for a client. */
export function createSearchTurns(poolMax: number, waitMs = WAIT_MS): RequestTurns {
  return new RequestTurns({ atOnce: Math.max(1, Math.floor(poolMax / 5)), ofOneAtOnce: 1, waitMs });
}

/**
 * Requests that read and write the database wait here for their turn instead of for a connection: the client that has used the
 * least time is next ({@link FairQueue}), so that one that asks for a thousand lists at once waits for itself.
 */
export class RequestTurns {
  readonly #limits: RequestTurnsLimits;
  readonly #queue = new FairQueue<Waiting>({ ofOne: Infinity, ofAll: Infinity });
  readonly #underWayOf = new Map<string, number>();
  #underWay = 0;

  constructor(limits: RequestTurnsLimits) {
    this.#limits = limits;
  }

  /** Does some work of a client's in its turn. @throws ApiProblem `unavailable` when that does not come in time. */
  async run<T>(client: string, work: () => Promise<T>): Promise<T> {
    await this.#turnOf(client);
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.#queue.charge(client, performance.now() - begun);
      this.#count(client, -1);
      this.#serve();
    }
  }

  #turnOf(client: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        this.#count(client, 1);
        resolve();
      };
      const waiting: Waiting = { client, begin, isOver: false };
      const timer = setTimeout(() => {
        waiting.isOver = true;
        reject(
          new ApiProblem('unavailable', 'Too many requests wait for their turn. Send fewer at once, and try again.'),
        );
      }, this.#limits.waitMs);
      this.#queue.add(client, waiting, 1);
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#underWay < this.#limits.atOnce) {
      const next = this.#queue.next((client) => this.#of(client) < this.#limits.ofOneAtOnce);
      if (!next) return;
      if (!next.isOver) next.begin();
    }
  }

  #of(client: string): number {
    return this.#underWayOf.get(client) ?? 0;
  }

  #count(client: string, change: 1 | -1): void {
    const left = this.#of(client) + change;
    if (left > 0) this.#underWayOf.set(client, left);
    else this.#underWayOf.delete(client);
    this.#underWay += change;
  }
}
