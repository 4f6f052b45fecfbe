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

/** Every pattern that wants this event type; the inverse of {@link matchesEventType}, for finding them by index. */
export function patternsMatching(eventType: string): string[] {
  const segments = eventType.split('.');
  const prefixes = segments.slice(1).map((_, index) => `${segments.slice(0, index + 1).join('.')}.*`);
  return ['*', ...prefixes, eventType];
}
