import { Worker } from 'node:worker_threads';
import type { Logger } from '../../../ops/logger.ts';
import { ApiProblem } from '../../http/problem.ts';
import { FairQueue, type FairQueueLimits } from '../../turns/FairQueue.ts';
import type { CheckAnswer, CheckDone, CheckRequest } from './checkThread.ts';

/** How long a thread may be busy with one request (ms) before it is ended. It breaks off by itself long before. */
const LOST_AFTER_MS = 15_000;
/** Characters of schemas and payloads that may wait: of one client some two full batches. */
const LIMITS: FairQueueLimits = { ofOne: 10_000_000, ofAll: 50_000_000 };
/** What any request counts, beside its texts. */
const LEAST_SIZE = 1000;
const MAX_HEAP_MB = 192;

interface Job {
  client: string;
  request: CheckRequest;
  resolve: (answer: CheckAnswer) => void;
  /** How many threads have ended over it. */
  lost: number;
}

interface Thread {
  worker: Worker;
  job: Job | null;
  timer: NodeJS.Timeout | undefined;
}

interface Options {
  threads?: number;
  lostAfterMs?: number;
  limits?: FairQueueLimits;
}

/**
 * Threads that compile schemas and check payloads, so that no schema holds up the event loop. Clients share their time
 * ({@link FairQueue}). A thread has one request at a time; one that does not come back, or breaks down, is ended and another
 * started, and nothing that waits notices. Threads start when they are needed and do not keep the process alive. Why they
 * are not a library's: docs/adr/0011-schemas-in-threads.md.
 */
export class SchemaThreads {
  readonly #logger: Logger;
  readonly #options: Required<Omit<Options, 'limits'>>;
  readonly #threads = new Set<Thread>();
  readonly #queue: FairQueue<Job>;
  #isStopped = false;

  constructor(logger: Logger, { threads = 2, lostAfterMs = LOST_AFTER_MS, limits = LIMITS }: Options = {}) {
    this.#logger = logger;
    this.#options = { threads, lostAfterMs };
    this.#queue = new FairQueue(limits);
  }

  /**
   * Asks a thread. Until one is free the request waits; that is not the check's time.
   * @param client for whose time it counts.
   * @throws ApiProblem `unavailable` when too much waits, when the thread broke down twice, or when the process stops.
   */
  async ask(client: string, request: CheckRequest): Promise<CheckAnswer> {
    if (this.#isStopped) throw new ApiProblem('unavailable', 'Relay is stopping.');
    const size = LEAST_SIZE + request.schema.length + (request.payload?.length ?? 0);
    const answer = await new Promise<CheckAnswer | null>((resolve) => {
      const isQueued = this.#queue.add(client, { client, request, resolve, lost: 0 }, size);
      if (isQueued) this.#serve();
      else resolve(null);
    });
    if (!answer) throw new ApiProblem('unavailable', 'Too many payloads wait to be checked. Try again.');
    if ('failed' in answer) throw new ApiProblem('unavailable', 'The payload could not be checked. Try again.');
    return answer;
  }

  /** Ends a thread as a fault would, for tests. */
  endOne(): void {
    const [thread] = this.#threads;
    if (thread) void thread.worker.terminate();
  }

  /** Ends all threads; what still waits is answered with `unavailable`. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const ended = [...this.#threads].map(({ worker, job, timer }) => {
      clearTimeout(timer);
      job?.resolve({ failed: 'stopped' });
      return worker.terminate();
    });
    this.#threads.clear();
    for (let job = this.#queue.next(); job; job = this.#queue.next()) job.resolve({ failed: 'stopped' });
    await Promise.all(ended);
  }

  #serve(): void {
    while (!this.#isStopped) {
      const thread = [...this.#threads].find(({ job }) => job === null);
      if (!thread && this.#threads.size >= this.#options.threads) return;
      const job = this.#queue.next();
      if (!job) return;
      this.#give(thread ?? this.#start(), job);
    }
  }

  #give(thread: Thread, job: Job): void {
    thread.job = job;
    thread.timer = setTimeout(() => this.#drop(thread, { tooComplex: true }), this.#options.lostAfterMs).unref();
    thread.worker.postMessage(job.request);
  }

  #start(): Thread {
    const worker = startWorker();
    const thread: Thread = { worker, job: null, timer: undefined };
    this.#threads.add(thread);
    worker.unref();
    worker.on('message', ({ answer, ms }: CheckDone) => {
      if ('failed' in answer) this.#logger.error('A payload could not be checked', { reason: answer.failed });
      this.#finish(thread, answer, ms);
      this.#serve();
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return this.#drop(thread, { tooComplex: true });
      this.#logger.error('A thread for schemas broke down', { error });
      this.#drop(thread, null);
    });
    worker.on('exit', () => this.#drop(thread, null));
    return thread;
  }

  #finish(thread: Thread, answer: CheckAnswer, ms: number): void {
    clearTimeout(thread.timer);
    const { job } = thread;
    thread.job = null;
    if (!job) return;
    this.#queue.charge(job.client, ms);
    job.resolve(answer);
  }

  /** Ends a thread. Without an answer its request is given to another, once. */
  #drop(thread: Thread, answer: CheckAnswer | null): void {
    if (!this.#threads.delete(thread)) return;
    const { job } = thread;
    if (job && !answer && job.lost === 0) {
      clearTimeout(thread.timer);
      this.#give(this.#start(), { ...job, lost: 1 });
    } else {
      this.#finish(thread, answer ?? { failed: 'its thread broke down' }, this.#options.lostAfterMs);
    }
    void thread.worker.terminate();
    this.#serve();
  }
}

/** It is given no variables, so no secrets. From the sources it needs tsx, which a thread does not inherit. */
function startWorker(): Worker {
  const options = { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./checkThread.js', import.meta.url), options);
  const tsx = import.meta.resolve('tsx/esm/api');
  const entry = new URL('./checkThread.ts', import.meta.url).href;
  const code = `import { register } from ${JSON.stringify(tsx)}; register(); await import(${JSON.stringify(entry)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), options);
}
