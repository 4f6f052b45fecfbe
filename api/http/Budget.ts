/**
 * Memory that callers share. One may have as much as is still free: alone half of it, beside another a third, and so on. So there
 * is always room for one more, however many take all that they can.
 */
export class Budget {
  readonly #most: number;
  readonly #ofOwner = new Map<string, number>();
  #used = 0;

  /** @param most in bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether a caller may have so many bytes more. */
  fits(owner: string, bytes: number): boolean {
    return (this.#ofOwner.get(owner) ?? 0) + bytes <= this.#most - this.#used - bytes;
  }

  /** Counts bytes, whether or not they fit. */
  take(owner: string, bytes: number): void {
    this.#used += bytes;
    this.#ofOwner.set(owner, (this.#ofOwner.get(owner) ?? 0) + bytes);
  }

  /** Counts bytes no more that were taken. */
  giveBack(owner: string, bytes: number): void {
    this.#used -= bytes;
    const left = (this.#ofOwner.get(owner) ?? 0) - bytes;
    if (left > 0) this.#ofOwner.set(owner, left);
    else this.#ofOwner.delete(owner);
  }
}
