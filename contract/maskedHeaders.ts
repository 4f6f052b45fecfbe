const SENSITIVE = /auth|token|secret|key|cookie|passw|credential|session|signature|jwt|bearer/i;

/** What is shown in place of a sensitive value; sent back, it means "leave the value as it is". */
export const MASKED_VALUE = '********';

/**
 * Whether a header's value is sealed at rest and shown masked: its name speaks of authorization. Hides too much rather
 * than too little.
 */
export function isSensitiveHeader(name: string): boolean {
  return SENSITIVE.test(name);
}

/** Whether this is what a hidden value is shown as. */
export function isMask(name: string, value: string): boolean {
  return value === MASKED_VALUE && isSensitiveHeader(name);
}

/** Hides the values of authorization-like headers. */
export function maskHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSensitiveHeader(name) ? MASKED_VALUE : value]),
  );
}
