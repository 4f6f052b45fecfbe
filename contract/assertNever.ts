/** Stands where nothing can come: the compiler points here when a value was added that is not thought of. @throws Error */
export function assertNever(value: never): never {
  throw new Error(`Not thought of: ${JSON.stringify(value)}`);
}
