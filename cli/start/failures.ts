export interface Failures {
  /** Resolves with the first reason. */
  first: Promise<string>;
  /** Watches something that resolves with a reason when it fails. */
  watch: (failed: Promise<string>) => void;
  /** Watches something that rejects when it fails. */
  watchWork: (work: Promise<unknown>) => void;
  /** @throws when something has failed. */
  assertNone: () => void;
}

/** What may fail beside the steps of a start, and after them. */
export function watchFailures(): Failures {
  let reason: string | null = null;
  let tell: (why: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => (tell = resolve));
  const fail = (why: string): void => {
    reason ??= why;
    tell(why);
  };
  return {
    first,
    watch: (failed) => void failed.then(fail),
    watchWork: (work) =>
      void work.catch((error: unknown) => fail(error instanceof Error ? error.message : String(error))),
    assertNone() {
      if (reason !== null) throw new Error(reason);
    },
  };
}
