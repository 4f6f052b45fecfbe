const POLL_MS = 25;

/**
 * Asks again until `check` answers with something truthy; fails with what it last threw or said after `timeoutMs`: longer than two
 * leases of the outbox, which a start that Temporal has not answered on a busy machine may cost.
 */
export async function eventually<T>(
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = 45_000,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  let last: unknown = 'it never came true';
  while (Date.now() < until) {
    try {
      const result = await check();
      if (result) return result;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`Not within ${timeoutMs} ms`, { cause: last });
}
