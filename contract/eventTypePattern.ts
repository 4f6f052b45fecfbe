/**
 * Whether an event type is one that a subscription wants.
 * `*` wants all; `job.*` wants one or more further segments (`job.created`, `job.created.v2`, not `job`); else exact.
 */
export function matchesEventType(pattern: string, eventType: string): boolean {
  if (pattern === '*') return true;
  if (pattern.endsWith('.*'))
    return eventType.startsWith(pattern.slice(0, -1)) && eventType.length > pattern.length - 1;
  return pattern === eventType;
}
