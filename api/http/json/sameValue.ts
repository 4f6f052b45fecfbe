/**
 * Whether two values that came out of `JSON.parse` are equal as JSON Schema means it (2020-12 core, 4.2.2): numbers by
 * value, the order of members ignored. Members of any name count, `toString` and `__proto__` too, and only those that
 * the text had.
 */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isContainer(left) || !isContainer(right)) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameValue(item, right[index]));
  }
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => Object.hasOwn(right, name) && sameValue(left[name], right[name]));
}

/** A text that is the same for two values when, and only when, {@link sameValue} holds: a key for maps and sets. */
export function valueKey(value: unknown): string {
  // Not by JSON.stringify: `1e400` is read as Infinity, which it would write as null.
  if (!isContainer(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(valueKey).join(',')}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${valueKey(value[name])}`).join(',')}}`;
}

/** Whether it is an array or an object. */
export function isContainer(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === 'object' && value !== null;
}
