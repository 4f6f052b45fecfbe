import type { Readable } from 'node:stream';
import { ApiProblem } from '../http/problem.ts';

/** How many exports a process has under way, of all callers and of one: each keeps a page of rows and reads on. */
const LIMITS = { ofAll: 16, ofOne: 2 };

/** The exports that are under way in a process. */
export class Exports {
  readonly #streams = new Set<Readable>();
  readonly #underWayOf = new Map<string, number>();

  /** Begins one, which counts until its stream is closed. @throws ApiProblem `unavailable` when there are too many. */
  async begin(caller: string, open: () => Promise<Readable>): Promise<Readable> {
    const ofAll = [...this.#underWayOf.values()].reduce((sum, number) => sum + number, 0);
    if (this.#of(caller) >= LIMITS.ofOne || ofAll >= LIMITS.ofAll) {
      throw new ApiProblem('unavailable', 'Too many exports are under way. Wait until one has ended, and try again.');
    }
    this.#underWayOf.set(caller, this.#of(caller) + 1);
    const end = (): void => {
      const left = this.#of(caller) - 1;
      if (left > 0) this.#underWayOf.set(caller, left);
      else this.#underWayOf.delete(caller);
    };
    try {
      const stream = await open();
      this.#streams.add(stream);
      stream.once('close', () => {
        this.#streams.delete(stream);
        end();
      });
      return stream;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Breaks off what is under way. */
  stop(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  #of(caller: string): number {
    return this.#underWayOf.get(caller) ?? 0;
  }
}
