/** What a try may be answered with when another may do better. */
const WORTH_ANOTHER = [408, 429, 502, 503, 504];
const FIRST_WAIT_MS = 250;
/** Who is asked to wait longer is told so instead. */
const LONGEST_WAIT_MS = 60_000;

export interface Retrying {
  /** How often it may be tried again. */
  retries: number;
  /** Whether doing it twice does no harm. What was refused for the rate was not done, and may be tried again in any case. */
  isRepeatable: boolean;
  /** Whoever ends the call wants no other try. */
  signal?: AbortSignal | undefined;
}

/**
 * Calls until it is answered otherwise than by an error that passes: after 250 ms, 500 ms … and a random part of it, or as long as
 * `Retry-After` asks. The last answer, or error, is the caller's.
 */
export async function retrying(
  call: () => Promise<Response>,
  { retries, isRepeatable, signal }: Retrying,
): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const waitMs = FIRST_WAIT_MS * 2 ** tries * (1 + Math.random());
    try {
      const response = await call();
      const mayTry = isRepeatable || response.status === 429;
      const askedMs = Number(response.headers.get('retry-after') ?? 0) * 1000;
      const isWorthIt = WORTH_ANOTHER.includes(response.status) && !(askedMs > LONGEST_WAIT_MS);
      if (tries >= retries || !mayTry || !isWorthIt) return response;
      await response.body?.cancel();
      await pause(Math.max(waitMs, askedMs || 0));
    } catch (error) {
      if (tries >= retries || !isRepeatable || signal?.aborted) throw error;
      await pause(waitMs);
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
