import { condition, setHandler } from '@temporalio/workflow';
import { cancelSignal, resumeSignal, retryNowSignal, type CancelRequest } from './messages.ts';

/** `ended`: the delivery's record may say that it has ended; it is to be looked at. */
export type OperatorRequest = 'retryNow' | 'ended' | 'cancel';

/** What a person has asked this delivery for and has not been given yet. A cancel outranks what else is asked for and is never forgotten. */
export class OperatorRequests {
  #pending: OperatorRequest | null = null;
  #isResumed = false;

  constructor() {
    setHandler(retryNowSignal, () => {
      this.#pending ??= 'retryNow';
    });
    setHandler(cancelSignal, (request?: CancelRequest) => {
      if (this.#pending !== 'cancel') this.#pending = request?.asRecorded ? 'ended' : 'cancel';
    });
    setHandler(resumeSignal, () => void (this.#isResumed = true));
  }

  get cancelled(): boolean {
    return this.#pending === 'cancel';
  }

  /** Resolves when something is asked for. */
  async next(): Promise<void> {
    await condition(() => this.#pending !== null);
  }

  /** Waits this long unless somebody asks for something first; tells what ended the wait. */
  async wait(ms: number): Promise<'due' | OperatorRequest> {
    const asked = await condition(() => this.#pending !== null, Math.max(ms, 1));
    return asked ? this.take() : 'due';
  }

  /** The same for a delivery that is held, until its endpoint is well again, which may have been told already. */
  async waitUntilResumed(ms: number): Promise<'due' | OperatorRequest> {
    await condition(() => this.#isResumed || this.#pending !== null, ms);
    this.#isResumed = false;
    return this.take();
  }

  /** What is asked for, which now counts as given. */
  take(): 'due' | OperatorRequest {
    const taken = this.#pending;
    if (taken !== 'cancel') this.#pending = null;
    return taken ?? 'due';
  }

  /** A retry asked for during an attempt has been answered by that attempt. */
  ignoreRetry(): void {
    if (this.#pending === 'retryNow') this.#pending = null;
  }
}
