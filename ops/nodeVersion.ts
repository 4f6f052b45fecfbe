/** The oldest that Relay works with. */
const NEEDED = [20, 19] as const;
/** The oldest that still gets security fixes; what is meant to run Relay is in package.json under "engines". */
const SUPPORTED = 22;

/**
 * Ends the process with one sentence when this Node is too old, which an import would say in words of its own. What else a
 * program needs must therefore be imported after this.
 * @param version as `process.versions.node` has it.
 */
export function refuseOldNode(version: string): void {
  const message = tooOld(version);
  if (message === null) return;
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** What to say of a Node that works and gets no security fixes any more; null of another. */
export function pastItsEnd(version: string): string | null {
  const [major = 0] = version.split('.').map(Number);
  if (major >= SUPPORTED) return null;
  return `Node ${version} gets no security fixes any more. Relay works with it and takes some 200 MiB more memory; use Node 24.`;
}

/** What to say of a Node that is too old; null of one that will do. */
export function tooOld(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor, neededMinor] = NEEDED;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return null;
  return `Relay needs Node ${neededMajor}.${neededMinor} or newer; this is Node ${version}.`;
}
