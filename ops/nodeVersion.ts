/** What package.json names under "engines". */
const NEEDED = [20, 19] as const;

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

/** What to say of a Node that is too old; null of one that will do. */
export function tooOld(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor, neededMinor] = NEEDED;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return null;
  return `Relay needs Node ${neededMajor}.${neededMinor} or newer; this is Node ${version}.`;
}
