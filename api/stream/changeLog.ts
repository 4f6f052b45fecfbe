import type { Scope } from '../../contract/scopes.ts';

export type ChangeKind = 'event' | 'delivery' | 'webhook';

/** That something is not what it was; what it is now is in the database. */
export interface Change {
  kind: ChangeKind;
  id: string;
  /** When this process heard of it, in ms since the epoch. */
  at: number;
}

/** Who may hear of it. */
export const SCOPE_OF: Record<ChangeKind, Scope> = {
  event: 'events:read',
  delivery: 'deliveries:read',
  webhook: 'webhooks:read',
};

/** How far back a reader can resume, in ms; five minutes are promised (docs/CONTRACT.md §8). */
const KEPT_MS = 6 * 60_000;
/** So many different things at most; beyond it the oldest are forgotten, and those who ask for them are told to reload. */
const MAX_KEPT = 200_000;

/** What changed lately, each thing once, at its newest change. Without gaps since `completeSince`. */
export class ChangeLog {
  readonly #changes = new Map<string, Change>();
  readonly #now: () => number;
  completeSince: number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.completeSince = now();
  }

  add(kind: ChangeKind, id: string): Change {
    const change = { kind, id, at: this.#now() };
    // Deleted first, so that the map's order is that of the newest changes.
    this.#changes.delete(id);
    this.#changes.set(id, change);
    this.#forgetOld(change.at - KEPT_MS);
    return change;
  }

  /** Something may have been missed: nothing before now can be resumed from. */
  restart(): void {
    this.#changes.clear();
    this.completeSince = this.#now();
  }

  /**
   * Everything that changed after this moment, oldest first, and what changed so shortly before it that another process
   * may have heard of it later; null when that is not known without gaps.
   */
  since(at: number, overlapMs = 0): Change[] | null {
    if (at < this.completeSince) return null;
    return [...this.#changes.values()].filter((change) => change.at > at - overlapMs);
  }

  #forgetOld(before: number): void {
    for (const [key, { at }] of this.#changes) {
      if (at >= before && this.#changes.size <= MAX_KEPT) break;
      this.#changes.delete(key);
      this.completeSince = Math.max(this.completeSince, at);
    }
  }
}
