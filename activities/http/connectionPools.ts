import { createHash } from 'node:crypto';
import type { Tls } from '../../contract/tls.ts';
import { type ConnectionOptions, type Connections, createConnections } from './connections.ts';

/** How many different `tls` have connections that wait for more requests; those of others end by themselves when they are idle. */
const MOST_POOLS = 200;

interface Pool {
  keptAlive: Connections;
  /** For what a kept-alive connection failed at. */
  newEachTime: Connections;
}

/** Connections by what they were made with: one that was opened with a client certificate carries requests of no other `tls`. */
export class ConnectionPools {
  readonly #options: Omit<ConnectionOptions, 'keepAlive' | 'certificate' | 'key'>;
  readonly #plain: Pool;
  /** The longest unused first. */
  readonly #byTls = new Map<string, Pool>();

  constructor(options: Omit<ConnectionOptions, 'keepAlive' | 'certificate' | 'key'>) {
    this.#options = options;
    this.#plain = this.#make({});
  }

  of(tls: Tls | null): Pool {
    if (tls === null) return this.#plain;
    const { ca, certificate, key } = tls;
    const name = createHash('sha256')
      .update(JSON.stringify([ca, certificate, key]))
      .digest('hex');
    const pool = this.#byTls.get(name) ?? this.#make(tls);
    this.#byTls.delete(name);
    this.#byTls.set(name, pool);
    const [oldest] = this.#byTls.keys();
    if (this.#byTls.size > MOST_POOLS && oldest !== undefined) this.#byTls.delete(oldest);
    return pool;
  }

  destroy(): void {
    for (const { keptAlive, newEachTime } of [this.#plain, ...this.#byTls.values()]) {
      keptAlive.destroy();
      newEachTime.destroy();
    }
  }

  #make({ ca = this.#options.ca, ...own }: Omit<Tls, 'ca'> & Pick<ConnectionOptions, 'ca'>): Pool {
    const options = { ...this.#options, ...own, receiverCa: ca };
    return {
      keptAlive: createConnections({ ...options, keepAlive: true }),
      newEachTime: createConnections({ ...options, keepAlive: false }),
    };
  }
}
