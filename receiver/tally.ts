/** What came in so far. */
export interface Counts {
  /** All webhook requests. */
  received: number;
  /** Different webhooks taken with a 2xx, told apart by path and `webhook-id`. */
  unique: number;
  /** Requests taken with a 2xx that had been taken before. */
  duplicates: number;
  /** Requests with the right signature. */
  verified: number;
  /** Requests not answered with a 2xx. */
  failed: number;
}

// About 150 MB of memory when full.
const REMEMBERED = 1_000_000;

/** Counts what arrives in bounded memory: beyond a million different webhooks the oldest are forgotten. */
export class Tally {
  readonly counts: Counts = { received: 0, unique: 0, duplicates: 0, verified: 0, failed: 0 };
  private readonly seen = new Map<string, { attempts: number; taken: boolean }>();
  private readonly remembered: number;

  constructor(remembered = REMEMBERED) {
    this.remembered = remembered;
  }

  /** Notes a request; says how often it has come, this time included. */
  arrived(key: string, verified: boolean | null): number {
    this.counts.received += 1;
    if (verified) this.counts.verified += 1;
    return (this.entry(key).attempts += 1);
  }

  /** Notes how a request was answered. */
  answered(key: string, ok: boolean): void {
    const entry = this.entry(key);
    if (!ok) this.counts.failed += 1;
    else if (entry.taken) this.counts.duplicates += 1;
    else this.counts.unique += 1;
    entry.taken ||= ok;
  }

  private entry(key: string) {
    const known = this.seen.get(key);
    if (known) return known;
    const [oldest] = this.seen.size >= this.remembered ? this.seen.keys() : [];
    if (oldest !== undefined) this.seen.delete(oldest);
    const entry = { attempts: 0, taken: false };
    this.seen.set(key, entry);
    return entry;
  }
}
