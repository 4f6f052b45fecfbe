/** For how long nothing is said while something takes its time, in ms. */
const QUIET_MS = 15_000;

/** What who gets a server is told with, and stopped by. */
export interface Getting {
  /** Takes lines about what is going on. */
  log: (line: string) => void;
  /** Told what is done to get a server, and how far that is, whenever it changes; never when one is there already. */
  onProgress?: (progress: string) => void;
  /** Gives it up; what was begun is ended and removed. */
  signal?: AbortSignal;
}

/** A step that takes its time: `tell` says how far it is, which is logged now and then until `end`. */
export function beginStep({ log, onProgress }: Getting): { tell: (progress: string) => void; end: () => void } {
  const startedAt = Date.now();
  let progress = '';
  const timer = setInterval(() => {
    log(`  ${progress}, ${Math.round((Date.now() - startedAt) / 1000)} s so far`);
  }, QUIET_MS);
  timer.unref();
  return {
    tell(now) {
      if (now === progress) return;
      progress = now;
      onProgress?.(now);
    },
    end: () => clearInterval(timer),
  };
}

/** "57 %", never 100 before all of it is done. */
export function shareOf(done: number, total: number): string {
  return `${total > 0 ? Math.floor((done / total) * 100) : 0} %`;
}
