const MINUTE_MS = 60_000;

/** Spans of time that end now, by how they stand in an address. */
const SPANS: Record<string, { label: string; ms: number }> = {
  '15m': { label: 'last 15 minutes', ms: 15 * MINUTE_MS },
  '1h': { label: 'last hour', ms: 60 * MINUTE_MS },
  '24h': { label: 'last 24 hours', ms: 24 * 60 * MINUTE_MS },
  '7d': { label: 'last 7 days', ms: 7 * 24 * 60 * MINUTE_MS },
};
export const SPAN_LABELS = Object.entries(SPANS).map(([value, { label }]) => ({ value, label }));

/** The filters of an address as the API takes them: `last` becomes the moment that it begins with. One that is not known stays, and is refused. */
export function withSpan({ last, ...filters }: Record<string, string>, now: number): Record<string, string> {
  if (last === undefined) return filters;
  const span = SPANS[last];
  return span ? { ...filters, from: new Date(now - span.ms).toISOString() } : { ...filters, last };
}
