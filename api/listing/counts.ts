/** How many there are of each status, 0 included. */
export function countsOf<S extends string>(
  statuses: readonly S[],
  groups: readonly { status: S | null; total: number }[],
): Record<S, number> {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<S, number>;
  for (const { status, total } of groups) if (status !== null) counts[status] += total;
  return counts;
}

/** The share of the finished deliveries that were delivered, 0–1; null when none is finished. */
export function successRate({ delivered, failed }: { delivered: number; failed: number }): number | null {
  return delivered + failed === 0 ? null : delivered / (delivered + failed);
}
